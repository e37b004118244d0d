#include "ui/compare/summary_tab.h"

#include <QHeaderView>
#include <QScrollArea>
#include <QSplitter>
#include <QVBoxLayout>

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
  auto* splitter = new QSplitter(Qt::Vertical);
  splitter->addWidget(scroll);
  splitter->addWidget(table_);
  splitter->setStretchFactor(0, 3);
  splitter->setStretchFactor(1, 2);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 6, 0, 0);
  column->addWidget(splitter);
  connect(plot_, &IntervalPlot::baselineRequested, this, &SummaryTab::baselineRequested);
  connect(table_, &QTableView::activated, this, [this] { Q_EMIT baselineRequested(selectedMethod()); });
}

void SummaryTab::setComparison(const ComparisonPtr& comparison, std::size_t baseline) {
  if (!comparison) return;
  plot_->setRows(intervalPlotRows(comparison->comparison, baseline));
  model_->setTable(summaryTable(comparison->comparison, baseline));
  if (!fitted_ && model_->rowCount() > 0) {
    table_->fitColumns(220);
    fitted_ = true;
  }
}

QString SummaryTab::selectedMethod() const {
  return table_->currentIndex().data(CellTableModel::kKeyRole).toString();
}

QWidget* SummaryTab::firstFocus() const { return plot_; }

}  // namespace attune
