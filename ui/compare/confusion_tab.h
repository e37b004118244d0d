#pragma once

#include <QWidget>

#include "ui/comparison_loader.h"

class QComboBox;
class QLabel;

namespace attune {

class CellTableModel;
class DataTable;

// Which labels two methods take for which, side by side and in one scale of colour.
class ConfusionTab : public QWidget {
  Q_OBJECT

 public:
  explicit ConfusionTab(QWidget* parent = nullptr);

  // `baseline` is shown on the right; the method on the left is chosen here.
  void setComparison(const ComparisonPtr& comparison, std::size_t baseline);
  QWidget* firstFocus() const;

 private:
  void refresh();

  ComparisonPtr comparison_;
  std::size_t baseline_ = 0;
  QComboBox* method_;
  QLabel* against_;
  DataTable* left_;
  DataTable* right_;
  CellTableModel* leftModel_;
  CellTableModel* rightModel_;
};

}  // namespace attune
