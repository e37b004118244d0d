#include "ui/compare/summary_tab.h"

#include <QHeaderView>
#include <QScrollArea>
#include <QSplitter>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/model/cell_sort_proxy.h"
#include "ui/model/comparison_tables.h"
#include "ui/widget/data_table.h"
#include "ui/widget/interval_plot.h"

namespace attune {

SummaryTab::SummaryTab(QWidget* parent) : QWidget(parent) {
  plot_ = new IntervalPlot;
  auto* scroll = new QScrollArea;
  scroll->setWidget(plot_);
  scroll->setWidgetResizable(true);
  scroll->setFocusPolicy(Qt::NoFocus);
  scroll->setBackgroundRole(QPalette::Base);
  model_ = new CellTableModel(this);
  auto* proxy = new CellSortProxy(this);
  proxy->setSourceModel(model_);
  table_ = new DataTable(tr("Methods side by side, as a table"));
  table_->setModel(proxy);
  table_->setSortingEnabled(true);
  proxy->sort(-1);  // the study's order until a header is pressed
  table_->horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
  table_->setMinimumHeight(table_->fontMetrics().height() * 5);
  splitter_ = new QSplitter(Qt::Vertical);
  splitter_->setChildrenCollapsible(false);
  splitter_->addWidget(scroll);
  splitter_->addWidget(table_);
  splitter_->setStretchFactor(0, 0);
  splitter_->setStretchFactor(1, 1);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 6, 0, 0);
  column->addWidget(splitter_);
  connect(plot_, &IntervalPlot::baselineRequested, this, &SummaryTab::baselineRequested);
  connect(table_, &QTableView::activated, this, [this] { Q_EMIT baselineRequested(selectedMethod()); });
}

void SummaryTab::setComparison(const ComparisonPtr& comparison, std::size_t baseline) {
  if (!comparison) return;
  plot_->setRows(intervalPlotRows(comparison->comparison, baseline));
  model_->setTable(summaryTable(comparison->comparison, baseline));
  if (model_->rowCount() == rows_) return;
  rows_ = model_->rowCount();
  table_->fitColumns(220);
  // The picture has the room it needs, the table the rest.
  const int picture = plot_->sizeHint().height() + 4;
  splitter_->setSizes({picture, std::max(1, splitter_->height() - picture)});
}

QString SummaryTab::selectedMethod() const {
  return table_->currentIndex().data(CellTableModel::kKeyRole).toString();
}

QWidget* SummaryTab::firstFocus() const { return plot_; }

}  // namespace attune
