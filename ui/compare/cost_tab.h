#pragma once

#include <QWidget>

#include "ui/comparison_loader.h"

namespace attune {

class CellTableModel;
class DataTable;

// What the methods cost: time, memory, storage, and what each request costs later.
class CostTab : public QWidget {
  Q_OBJECT

 public:
  explicit CostTab(QWidget* parent = nullptr);

  void setComparison(const ComparisonPtr& comparison);
  QWidget* firstFocus() const;

 private:
  DataTable* table_;
  CellTableModel* model_;
  int rows_ = 0;
};

}  // namespace attune
