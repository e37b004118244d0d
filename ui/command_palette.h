#pragma once

#include <QDialog>

class QAction;
class QLineEdit;

namespace attune {

class Actions;
class CellSortProxy;
class CellTableModel;
class DataTable;

// Finds a command by typing; Enter runs it.
class CommandPalette : public QDialog {
  Q_OBJECT

 public:
  explicit CommandPalette(const Actions& actions, QWidget* parent = nullptr);

  QAction* current() const;

 protected:
  bool eventFilter(QObject* object, QEvent* event) override;

 private:
  void run();

  const Actions& actions_;
  QLineEdit* search_;
  DataTable* table_;
  CellTableModel* model_;
  CellSortProxy* proxy_;
};

}  // namespace attune
