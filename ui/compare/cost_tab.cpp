#include "ui/compare/cost_tab.h"

#include <QHeaderView>
#include <QLabel>
#include <QVBoxLayout>

#include "ui/model/cell_sort_proxy.h"
#include "ui/model/comparison_tables.h"
#include "ui/widget/data_table.h"

namespace attune {

CostTab::CostTab(QWidget* parent) : QWidget(parent) {
  model_ = new CellTableModel(this);
  auto* proxy = new CellSortProxy(this);
  proxy->setSourceModel(model_);
  table_ = new DataTable(tr("Costs of the methods"));
  table_->setModel(proxy);
  table_->setSortingEnabled(true);
  proxy->sort(-1);
  table_->horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
  auto* note = new QLabel(tr(
      "Means over the seeds; memory is the highest seen. Extra tokens are the prompt's words and "
      "learned prompts: they are paid on every request. Energy is what the whole machine used meanwhile."));
  note->setWordWrap(true);
  note->setForegroundRole(QPalette::PlaceholderText);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 6, 0, 0);
  column->addWidget(table_, 1);
  column->addWidget(note);
}

void CostTab::setComparison(const ComparisonPtr& comparison) {
  if (!comparison) return;
  model_->setTable(costTable(comparison->comparison));
  if (model_->rowCount() == rows_) return;
  rows_ = model_->rowCount();
  table_->fitColumns(220);
}

QWidget* CostTab::firstFocus() const { return table_; }

}  // namespace attune
