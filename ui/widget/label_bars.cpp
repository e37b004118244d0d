#include "ui/widget/label_bars.h"

#include <QPainter>
#include <algorithm>

#include "ui/theme.h"

namespace attune {

namespace {
constexpr int kMaxBars = 8;
}

LabelBars::LabelBars(QWidget* parent) : QWidget(parent) {
  setAccessibleName(tr("Rows of each label"));
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Maximum);
}

void LabelBars::setCounts(const QStringList& labels, const std::vector<qint64>& counts) {
  labels_ = labels;
  counts_ = counts;
  QStringList spoken;
  for (int i = 0; i < labels_.size(); ++i) {
    spoken.append(tr("%1: %2").arg(labels_[i]).arg(counts_[static_cast<std::size_t>(i)]));
  }
  setAccessibleDescription(spoken.join(QStringLiteral(", ")));
  setToolTip(spoken.join(QLatin1Char('\n')));
  updateGeometry();
  update();
}

QSize LabelBars::sizeHint() const {
  const int bars = std::min(kMaxBars, static_cast<int>(labels_.size()));
  return {200, bars * (fontMetrics().height() + 1) + 4};
}

QSize LabelBars::minimumSizeHint() const { return {80, std::min(sizeHint().height(), 36)}; }

void LabelBars::paintEvent(QPaintEvent*) {
  if (counts_.empty()) return;
  QPainter painter(this);
  const int line = fontMetrics().height() + 1;
  const int bars = std::min({kMaxBars, static_cast<int>(labels_.size()), height() / line});
  int nameWidth = 0;
  for (int i = 0; i < bars; ++i) nameWidth = std::max(nameWidth, fontMetrics().horizontalAdvance(labels_[i]));
  nameWidth = std::min(nameWidth + 10, width() / 3);
  const qint64 largest = std::max<qint64>(1, *std::max_element(counts_.begin(), counts_.end()));
  const int numberWidth = fontMetrics().horizontalAdvance(QString::number(largest)) + 10;
  QColor accent = palette().color(QPalette::Active, QPalette::Highlight);
  accent.setAlpha(190);
  const int barWidth = std::max(10, width() - nameWidth - numberWidth);
  for (int i = 0; i < bars; ++i) {
    const int y = i * line + 2;
    painter.setPen(palette().color(QPalette::WindowText));
    painter.drawText(QRect(0, y, nameWidth - 6, line), Qt::AlignVCenter | Qt::AlignLeft,
                     fontMetrics().elidedText(labels_[i], Qt::ElideRight, nameWidth - 6));
    const qint64 count = counts_[static_cast<std::size_t>(i)];
    const double share = static_cast<double>(count) / static_cast<double>(largest);
    const QRectF bar(nameWidth, y + 3, barWidth * share, line - 6);
    painter.fillRect(bar, accent);
    painter.drawText(QRectF(bar.right() + 5, y, numberWidth, line), Qt::AlignVCenter | Qt::AlignLeft,
                     QString::number(count));
  }
}

}  // namespace attune
