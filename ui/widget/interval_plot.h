#pragma once

#include <QString>
#include <QWidget>
#include <vector>

#include "core/report/comparison.h"

namespace attune {

struct IntervalPlotRow {
  QString title;
  int slot = 0;
  double mean = 0, low = 0, high = 0;  // accuracy, 0–1
  std::vector<double> seeds;
  bool isBaseline = false;
  bool provisional = false;
  bool hasCost = true;                       // the yardstick without a model has none
  PairWord word = PairWord::kNotEnoughData;  // against the baseline
  std::int64_t trainable = 0;
  double trainSeconds = 0;
  std::int64_t peakBytes = 0;
  std::int64_t storedBytes = 0;
};
std::vector<IntervalPlotRow> intervalPlotRows(const Comparison& comparison, std::size_t baseline);

// The aligned picture: one row a method with its score (dot and 95 % whisker, seeds thin), the word against
// the baseline, trained numbers on a log axis, and bars for what it costs. Up and Down move, Enter sets the
// baseline.
class IntervalPlot : public QWidget {
  Q_OBJECT

 public:
  explicit IntervalPlot(QWidget* parent = nullptr);

  void setRows(std::vector<IntervalPlotRow> rows);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 Q_SIGNALS:
  void baselineRequested(const QString& title);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  bool event(QEvent* event) override;

 private:
  struct Columns {
    int name = 0, score = 0, value = 0, word = 0, trained = 0, time = 0, memory = 0, stored = 0, end = 0;
  };
  Columns columns() const;
  int rowAt(int y) const;  // -1: none
  int rowHeight() const;
  int headHeight() const;
  QString tip(const IntervalPlotRow& row) const;
  void drawHeads(QPainter& painter, const Columns& columns) const;
  void drawScoreAxis(QPainter& painter, const Columns& columns) const;
  void drawRow(QPainter& painter, const Columns& columns, int row) const;
  void drawBar(QPainter& painter, int left, int right, int y, double share, const QString& text,
               int slot) const;
  double scoreX(const Columns& columns, double score) const;

  std::vector<IntervalPlotRow> rows_;
  int current_ = -1;
  double axisLow_ = 0;
  double axisHigh_ = 1;
};

}  // namespace attune
