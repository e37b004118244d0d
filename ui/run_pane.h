#pragma once

#include <QWidget>

class QComboBox;
class QLabel;
class QStackedWidget;
class QTreeView;

namespace attune {

class Actions;
class Context;
class RunTreeModel;

// The Runs pane: the comparisons of the project, their configurations and runs, and what can be done with
// them.
class RunPane : public QWidget {
  Q_OBJECT

 public:
  RunPane(Context& context, const Actions& actions, QWidget* parent = nullptr);

  // Title of the configuration of the selected row; empty: none.
  QString selectedConfiguration() const;
  QWidget* firstFocus() const;

 private:
  void refresh();
  void showDetail();

  Context& context_;
  QStackedWidget* stack_;
  QComboBox* studies_;
  QTreeView* tree_;
  RunTreeModel* model_;
  QLabel* detail_;
};

}  // namespace attune
