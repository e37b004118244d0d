#pragma once

#include <QWidget>

class QLabel;
class QProgressBar;

namespace attune {

class Actions;
class ActivityTableModel;
class Context;
class DataTable;

// The Activity pane: how far the work is, how long it will still take, and the two ways to end it.
class ActivityPane : public QWidget {
  Q_OBJECT

 public:
  ActivityPane(Context& context, const Actions& actions, QWidget* parent = nullptr);

  QString summary() const;  // for the status bar; empty: nothing is going on
  QSize sizeHint() const override;

 Q_SIGNALS:
  void summaryChanged(const QString& summary);

 private:
  QString obstacle() const;  // what the whole queue waits for; empty: nothing
  void refresh();
  void refreshLive();

  Context& context_;
  QLabel* idle_;
  QWidget* busy_;
  QLabel* text_;
  QProgressBar* bar_;
  DataTable* table_;
  ActivityTableModel* model_;
};

}  // namespace attune
