#pragma once

#include <QWidget>

#include "ui/comparison_loader.h"

namespace attune {

class CellTableModel;
class DataTable;

// How the methods do on parts of the test examples: each label, short and long texts.
class SlicesTab : public QWidget {
  Q_OBJECT

 public:
  explicit SlicesTab(QWidget* parent = nullptr);

  void setComparison(const ComparisonPtr& comparison);
  QWidget* firstFocus() const;

 private:
  DataTable* table_;
  CellTableModel* model_;
};

}  // namespace attune
