#include "ui/compare/cost_tab.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QSplitter>
#include <QVBoxLayout>

#include "core/report/tradeoff.h"
#include "ui/model/cell_sort_proxy.h"
#include "ui/model/comparison_tables.h"
#include "ui/text.h"
#include "ui/widget/data_table.h"
#include "ui/widget/svg_picture.h"

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
  auto* note = new QLabel(
      tr("Means over the seeds; memory is the highest seen. Extra tokens are the prompt's words and learned "
         "prompts: they are paid on every request. Energy is what the whole machine used meanwhile."));
  note->setWordWrap(true);
  note->setForegroundRole(QPalette::PlaceholderText);
  const auto axis = [this](const QString& name, int current) {
    auto* box = new QComboBox;
    box->setAccessibleName(name);
    for (const TradeoffAxis& one : tradeoffAxes()) box->addItem(toQt(one.title));
    box->setCurrentIndex(current);
    connect(box, &QComboBox::currentIndexChanged, this, [this] { drawTradeoff(); });
    return box;
  };
  y_ = axis(tr("Upwards"), 0);
  x_ = axis(tr("To the right"), 1);
  picture_ = new SvgPicture({}, tr("What is paid for what"), {});
  auto* row = new QHBoxLayout;
  auto* yLabel = new QLabel(tr("&Upwards:"));
  yLabel->setBuddy(y_);
  auto* xLabel = new QLabel(tr("To the ri&ght:"));
  xLabel->setBuddy(x_);
  row->addWidget(yLabel);
  row->addWidget(y_);
  row->addWidget(xLabel);
  row->addWidget(x_);
  row->addStretch(1);
  auto* tradeoff = new QWidget;
  auto* below = new QVBoxLayout(tradeoff);
  below->setContentsMargins(0, 0, 0, 0);
  below->addLayout(row);
  below->addWidget(picture_, 1);
  auto* splitter = new QSplitter(Qt::Vertical);
  splitter->addWidget(table_);
  splitter->addWidget(tradeoff);
  splitter->setStretchFactor(0, 1);
  splitter->setStretchFactor(1, 1);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 6, 0, 0);
  column->addWidget(splitter, 1);
  column->addWidget(note);
}

void CostTab::drawTradeoff() {
  if (!comparison_) return;
  const Picture picture =
      tradeoffPicture(comparison_->comparison, tradeoffAxes()[static_cast<std::size_t>(x_->currentIndex())],
                      tradeoffAxes()[static_cast<std::size_t>(y_->currentIndex())]);
  picture_->setSvg(pictureSvg(picture), toQt(pictureText(picture)));
}

void CostTab::setComparison(const ComparisonPtr& comparison) {
  if (!comparison) return;
  comparison_ = comparison;
  drawTradeoff();
  model_->setTable(costTable(comparison->comparison));
  if (model_->rowCount() == rows_) return;
  rows_ = model_->rowCount();
  table_->fitColumns(220);
}

QWidget* CostTab::firstFocus() const { return table_; }

}  // namespace attune
