#pragma once

#include <QWidget>

#include "ui/comparison_loader.h"

class QComboBox;

namespace attune {

class CellTableModel;
class DataTable;
class SvgPicture;

// What the methods cost: time, memory, storage, and what each request costs later; and any two of these
// against each other.
class CostTab : public QWidget {
  Q_OBJECT

 public:
  explicit CostTab(QWidget* parent = nullptr);

  void setComparison(const ComparisonPtr& comparison);
  QWidget* firstFocus() const;

 private:
  void drawTradeoff();

  ComparisonPtr comparison_;
  QComboBox* x_;
  QComboBox* y_;
  SvgPicture* picture_;
  DataTable* table_;
  CellTableModel* model_;
  int rows_ = 0;
};

}  // namespace attune
