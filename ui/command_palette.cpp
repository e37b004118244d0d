#include "ui/command_palette.h"

#include <QAction>
#include <QApplication>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLineEdit>
#include <QTimer>
#include <QVBoxLayout>

#include "ui/actions.h"
#include "ui/model/cell_sort_proxy.h"
#include "ui/model/cell_table_model.h"
#include "ui/widget/data_table.h"

namespace attune {

CommandPalette::CommandPalette(const Actions& actions, QWidget* parent) : QDialog(parent), actions_(actions) {
  setObjectName(QStringLiteral("commandPalette"));
  setWindowTitle(tr("Find or run a command"));
  search_ = new QLineEdit;
  search_->setPlaceholderText(tr("Type a part of its name"));
  search_->setAccessibleName(tr("Find a command"));
  model_ = new CellTableModel(this);
  CellTable table;
  table.columns = {tr("Command"), tr("Menu"), tr("Keys")};
  table.numeric = {false, false, false};
  for (int i = 0; i < actions.all().size(); ++i) {
    const QAction* action = actions.all()[i];
    CellRow row;
    row.key = QString::number(i);
    Cell name = textCell(plainActionText(*action));
    name.tip = action->toolTip();
    if (!action->isEnabled()) name.tone = Tone::kQuiet;
    row.cells = {name, textCell(actions.menuOf(action)),
                 textCell(action->shortcut().toString(QKeySequence::NativeText))};
    table.rows.push_back(std::move(row));
  }
  model_->setTable(std::move(table));
  proxy_ = new CellSortProxy(this);
  proxy_->setSourceModel(model_);
  table_ = new DataTable(tr("Commands"));
  table_->setModel(proxy_);
  table_->setSelectionMode(QAbstractItemView::SingleSelection);
  table_->setEmptyText(tr("No command has this name."));
  table_->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
  table_->setCurrentIndex(proxy_->index(0, 0));
  auto* column = new QVBoxLayout(this);
  column->addWidget(search_);
  column->addWidget(table_);
  resize(560, 380);
  search_->installEventFilter(this);
  connect(search_, &QLineEdit::textChanged, this, [this](const QString& text) {
    proxy_->setSearch(text);
    table_->setCurrentIndex(proxy_->index(0, 0));
  });
  connect(search_, &QLineEdit::returnPressed, this, &CommandPalette::run);
  connect(table_, &QTableView::activated, this, &CommandPalette::run);
  search_->setFocus();
}

QAction* CommandPalette::current() const {
  const QModelIndex index = table_->currentIndex();
  if (!index.isValid()) return nullptr;
  return actions_.all().value(index.data(CellTableModel::kKeyRole).toString().toInt());
}

bool CommandPalette::eventFilter(QObject* object, QEvent* event) {
  if (event->type() == QEvent::KeyPress) {
    const int key = static_cast<QKeyEvent*>(event)->key();
    if (key == Qt::Key_Down || key == Qt::Key_Up || key == Qt::Key_PageDown || key == Qt::Key_PageUp) {
      QApplication::sendEvent(table_, event);
      return true;
    }
  }
  return QDialog::eventFilter(object, event);
}

void CommandPalette::run() {
  QAction* action = current();
  if (action == nullptr || !action->isEnabled()) return;
  accept();
  QTimer::singleShot(0, action, &QAction::trigger);
}

}  // namespace attune
