#include "ui/compare/slices_tab.h"

#include <QLabel>
#include <QVBoxLayout>

#include "core/report/slices.h"
#include "ui/model/comparison_tables.h"
#include "ui/widget/data_table.h"

namespace attune {

SlicesTab::SlicesTab(QWidget* parent) : QWidget(parent) {
  model_ = new CellTableModel(this);
  table_ = new DataTable(tr("Shares of right answers in parts of the test examples"));
  table_->setModel(model_);
  auto* note =
      new QLabel(tr("Right answers with 95 % intervals. Where many parts are looked at, one stands out by "
                    "luck now and then. Below %1 examples an interval says next to nothing: grey.")
                     .arg(kFewestInSlice));
  note->setWordWrap(true);
  note->setForegroundRole(QPalette::PlaceholderText);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 6, 0, 0);
  column->addWidget(table_, 1);
  column->addWidget(note);
}

void SlicesTab::setComparison(const ComparisonPtr& comparison) {
  if (!comparison) return;
  model_->setTable(slicesTable(comparison->comparison));
  table_->fitColumns(220);
}

QWidget* SlicesTab::firstFocus() const { return table_; }

}  // namespace attune
