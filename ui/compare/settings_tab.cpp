#include "ui/compare/settings_tab.h"

#include <QCheckBox>
#include <QVBoxLayout>

#include "ui/model/comparison_tables.h"
#include "ui/widget/data_table.h"

namespace attune {

SettingsTab::SettingsTab(QWidget* parent) : QWidget(parent) {
  onlyDifferent_ = new QCheckBox(tr("Only what differs"));
  onlyDifferent_->setChecked(true);
  model_ = new CellTableModel(this);
  table_ = new DataTable(tr("Settings of the methods"));
  table_->setModel(model_);
  table_->setEmptyText(tr("No setting differs."));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 6, 0, 0);
  column->addWidget(onlyDifferent_);
  column->addWidget(table_, 1);
  connect(onlyDifferent_, &QCheckBox::toggled, this, &SettingsTab::refresh);
}

void SettingsTab::setComparison(const ComparisonPtr& comparison) {
  comparison_ = comparison;
  refresh();
}

void SettingsTab::refresh() {
  if (!comparison_) return;
  model_->setTable(settingsTable(comparison_->comparison, onlyDifferent_->isChecked()));
  table_->fitColumns(240);
}

QWidget* SettingsTab::firstFocus() const { return table_; }

}  // namespace attune
