#pragma once

#include <QWidget>

#include "ui/comparison_loader.h"

class QCheckBox;

namespace attune {

class CellTableModel;
class DataTable;

// The settings of the methods side by side: those that differ, or all.
class SettingsTab : public QWidget {
  Q_OBJECT

 public:
  explicit SettingsTab(QWidget* parent = nullptr);

  void setComparison(const ComparisonPtr& comparison);
  QWidget* firstFocus() const;

 private:
  void refresh();

  ComparisonPtr comparison_;
  QCheckBox* onlyDifferent_;
  DataTable* table_;
  CellTableModel* model_;
};

}  // namespace attune
