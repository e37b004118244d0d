#include "ui/compare/confusion_tab.h"

#include <QComboBox>
#include <QGridLayout>
#include <QLabel>

#include "ui/model/comparison_tables.h"
#include "ui/text.h"
#include "ui/widget/combo_items.h"
#include "ui/widget/data_table.h"

namespace attune {

ConfusionTab::ConfusionTab(QWidget* parent) : QWidget(parent) {
  method_ = new QComboBox;
  method_->setAccessibleName(tr("Method on the left"));
  against_ = new QLabel;
  leftModel_ = new CellTableModel(this);
  rightModel_ = new CellTableModel(this);
  left_ = new DataTable(tr("Answers of the chosen method: a row for each right label"));
  left_->setModel(leftModel_);
  right_ = new DataTable(tr("Answers of the baseline: a row for each right label"));
  right_->setModel(rightModel_);
  for (DataTable* table : {left_, right_}) table->setEmptyText(tr("Free answers have no labels to mix up."));
  auto* note =
      new QLabel(tr("Rows: the right label; columns: the answer. Means over seeds; the darker, the larger a "
                    "share of the row."));
  note->setWordWrap(true);
  note->setForegroundRole(QPalette::PlaceholderText);
  auto* grid = new QGridLayout(this);
  grid->setContentsMargins(0, 6, 0, 0);
  grid->addWidget(method_, 0, 0);
  grid->addWidget(against_, 0, 1);
  grid->addWidget(left_, 1, 0);
  grid->addWidget(right_, 1, 1);
  grid->addWidget(note, 2, 0, 1, 2);
  grid->setColumnStretch(0, 1);
  grid->setColumnStretch(1, 1);
  connect(method_, &QComboBox::activated, this, &ConfusionTab::refresh);
}

void ConfusionTab::setComparison(const ComparisonPtr& comparison, std::size_t baseline) {
  if (!comparison) return;
  comparison_ = comparison;
  baseline_ = baseline;
  const auto& all = comparison->comparison.configurations;
  const QString before = method_->currentText();
  QStringList titles;
  for (const Configuration& configuration : all) titles.append(toQt(configuration.title));
  int chosen = static_cast<int>(titles.indexOf(before));
  // The first that is not the baseline itself.
  for (int i = static_cast<int>(titles.size()) - 1;
       i >= 0 && (before.isEmpty() || titles.indexOf(before) < 0); --i)
    if (static_cast<std::size_t>(i) != baseline) chosen = i;
  setComboItems(*method_, titles, {}, std::max(0, chosen));
  refresh();
}

void ConfusionTab::refresh() {
  if (!comparison_) return;
  const Comparison& comparison = comparison_->comparison;
  if (comparison.configurations.empty()) return;
  const auto chosen = static_cast<std::size_t>(std::max(0, method_->currentIndex()));
  leftModel_->setTable(confusionTable(comparison, std::min(chosen, comparison.configurations.size() - 1)));
  rightModel_->setTable(
      confusionTable(comparison, std::min(baseline_, comparison.configurations.size() - 1)));
  against_->setText(tr("Baseline: %1").arg(toQt(comparison.configurations[baseline_].title)));
  left_->fitColumns(140);
  right_->fitColumns(140);
}

QWidget* ConfusionTab::firstFocus() const { return left_; }

}  // namespace attune
