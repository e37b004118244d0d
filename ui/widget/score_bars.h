#pragma once

#include <QColor>
#include <QStringList>
#include <QWidget>
#include <vector>

namespace attune {

// How sure a model is of each label: bars from 0 to 100 %, the surest first.
class ScoreBars : public QWidget {
  Q_OBJECT

 public:
  explicit ScoreBars(QWidget* parent = nullptr);

  void setScores(const QStringList& labels, const std::vector<double>& scores, const QColor& colour);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return {120, sizeHint().height()}; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QStringList labels_;
  std::vector<double> scores_;
  QColor colour_;
};

}  // namespace attune
