#include "ui/widget/score_bars.h"

#include <QPainter>
#include <algorithm>
#include <numeric>

#include "core/report/number_text.h"
#include "ui/text.h"

namespace attune {

namespace {
constexpr int kMaxBars = 6;
}

ScoreBars::ScoreBars(QWidget* parent) : QWidget(parent) {
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void ScoreBars::setScores(const QStringList& labels, const std::vector<double>& scores,
                          const QColor& colour) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  labels_.clear();
  scores_.clear();
  QStringList spoken;
  for (const std::size_t i : order) {
    labels_.append(labels.value(static_cast<int>(i)));
    scores_.push_back(scores[i]);
    spoken.append(tr("%1: %2").arg(labels_.last(), toQt(percentText(scores[i]))));
  }
  colour_ = colour;
  setAccessibleDescription(spoken.join(QStringLiteral(", ")));
  setToolTip(spoken.join(QLatin1Char('\n')));
  updateGeometry();
  update();
}

QSize ScoreBars::sizeHint() const {
  return {240, std::min(kMaxBars, static_cast<int>(scores_.size())) * (fontMetrics().height() + 2)};
}

void ScoreBars::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const int line = fontMetrics().height() + 2;
  const int bars = std::min(kMaxBars, static_cast<int>(scores_.size()));
  int nameWidth = 0;
  for (int i = 0; i < bars; ++i) nameWidth = std::max(nameWidth, fontMetrics().horizontalAdvance(labels_[i]));
  nameWidth = std::min(nameWidth + 10, width() / 3);
  const int numberWidth = fontMetrics().horizontalAdvance(QStringLiteral("100.0 %")) + 10;
  const int barWidth = std::max(10, width() - nameWidth - numberWidth);
  for (int i = 0; i < bars; ++i) {
    const int y = i * line;
    painter.setPen(palette().color(QPalette::WindowText));
    painter.drawText(QRect(0, y, nameWidth - 6, line), Qt::AlignVCenter | Qt::AlignLeft,
                     fontMetrics().elidedText(labels_[i], Qt::ElideRight, nameWidth - 6));
    const double score = scores_[static_cast<std::size_t>(i)];
    const QRectF bar(nameWidth, y + 3, barWidth * score, line - 6);
    painter.fillRect(bar, colour_);
    painter.drawText(QRectF(bar.right() + 5, y, numberWidth, line), Qt::AlignVCenter | Qt::AlignLeft,
                     toQt(percentText(score)));
  }
}

}  // namespace attune
