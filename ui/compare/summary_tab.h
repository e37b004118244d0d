#pragma once

#include <QWidget>

#include "ui/comparison_loader.h"

class QSplitter;

namespace attune {

class CellTableModel;
class DataTable;
class IntervalPlot;

// The aligned picture, and the same numbers as a table.
class SummaryTab : public QWidget {
  Q_OBJECT

 public:
  explicit SummaryTab(QWidget* parent = nullptr);

  void setComparison(const ComparisonPtr& comparison, std::size_t baseline);
  QString selectedMethod() const;
  QWidget* firstFocus() const;

 Q_SIGNALS:
  void baselineRequested(const QString& title);

 private:
  IntervalPlot* plot_;
  DataTable* table_;
  CellTableModel* model_;
  QSplitter* splitter_;
  int rows_ = 0;
};

}  // namespace attune
