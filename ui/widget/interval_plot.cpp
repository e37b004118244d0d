#include "ui/widget/interval_plot.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "core/report/number_text.h"
#include "ui/text.h"
#include "ui/theme.h"

namespace attune {

namespace {

constexpr int kMargin = 8;
constexpr int kGap = 12;

QString wordText(const IntervalPlotRow& row) {
  if (row.isBaseline) return IntervalPlot::tr("baseline");
  return toQt(pairWordSymbol(row.word) + " " + pairWordText(row.word));
}

}  // namespace

std::vector<IntervalPlotRow> intervalPlotRows(const Comparison& comparison, std::size_t baseline) {
  std::vector<IntervalPlotRow> rows;
  for (std::size_t i = 0; i < comparison.configurations.size(); ++i) {
    const Configuration& configuration = comparison.configurations[i];
    IntervalPlotRow row;
    row.title = toQt(configuration.title);
    row.slot = configuration.slot;
    row.mean = configuration.mean;
    row.low = configuration.low;
    row.high = configuration.high;
    row.seeds = configuration.accuracies;
    row.isBaseline = i == baseline;
    row.provisional = configuration.provisional;
    row.hasCost = configuration.cost.activeSeconds > 0;
    row.word = comparison.word(i, baseline);
    row.trainable = configuration.cost.trainableParameters;
    row.trainSeconds = configuration.cost.knownTrainSeconds();
    row.peakBytes = configuration.cost.peakBytes;
    row.storedBytes = configuration.cost.storedBytes;
    rows.push_back(std::move(row));
  }
  return rows;
}

IntervalPlot::IntervalPlot(QWidget* parent) : QWidget(parent) {
  setProperty("attuneChart", true);
  setFocusPolicy(Qt::StrongFocus);
  setAccessibleName(tr("Methods side by side"));
  setBackgroundRole(QPalette::Base);
  setAutoFillBackground(true);
}

void IntervalPlot::setRows(std::vector<IntervalPlotRow> rows) {
  rows_ = std::move(rows);
  current_ = std::min(current_, static_cast<int>(rows_.size()) - 1);
  double low = 1;
  double high = 0;
  const IntervalPlotRow* best = nullptr;
  const IntervalPlotRow* worst = nullptr;
  for (const IntervalPlotRow& row : rows_) {
    low = std::min(low, row.low);
    high = std::max(high, row.high);
    if (best == nullptr || row.mean > best->mean) best = &row;
    if (worst == nullptr || row.mean < worst->mean) worst = &row;
  }
  axisLow_ = std::max(0.0, std::floor((low - 0.02) * 10) / 10);
  axisHigh_ = std::min(1.0, std::ceil((high + 0.02) * 10) / 10);
  if (axisHigh_ - axisLow_ < 0.2) axisLow_ = std::max(0.0, axisHigh_ - 0.2);
  QString spoken;
  if (best != nullptr) {
    spoken =
        tr("%1 methods by share of right test answers; best %2 with %3, worst %4 with %5.")
            .arg(rows_.size())
            .arg(best->title, toQt(percentText(best->mean)), worst->title, toQt(percentText(worst->mean)));
    for (const IntervalPlotRow& row : rows_)
      spoken +=
          QLatin1Char(' ') + tip(row).replace(QLatin1Char('\n'), QLatin1String("; ")) + QLatin1Char('.');
  }
  setAccessibleDescription(spoken);
  updateGeometry();
  update();
}

int IntervalPlot::rowHeight() const { return fontMetrics().height() + 12; }
int IntervalPlot::headHeight() const { return fontMetrics().height() * 2 + 10; }

QSize IntervalPlot::sizeHint() const {
  return {760, headHeight() + static_cast<int>(rows_.size()) * rowHeight() + fontMetrics().height() + 16};
}

QSize IntervalPlot::minimumSizeHint() const { return {420, sizeHint().height()}; }

IntervalPlot::Columns IntervalPlot::columns() const {
  int nameWidth = 60;
  int wordWidth = fontMetrics().horizontalAdvance(tr("the baseline"));
  for (const IntervalPlotRow& row : rows_) {
    nameWidth = std::max(nameWidth, fontMetrics().horizontalAdvance(row.title));
    wordWidth = std::max(wordWidth, fontMetrics().horizontalAdvance(wordText(row)));
  }
  Columns c;
  c.end = width() - kMargin;
  c.name = kMargin;
  nameWidth = std::min(nameWidth + 24, width() / 3);
  const int valueWidth = fontMetrics().horizontalAdvance(QStringLiteral("100.0 %")) + kGap;
  const int costWidth = fontMetrics().horizontalAdvance(QStringLiteral("999.9 MB")) + 34;
  wordWidth += kGap;
  // What does not fit is left to the table below; the score always stays.
  int left = c.end - nameWidth - valueWidth - wordWidth - 220;
  const int costs = std::clamp(left / costWidth, 0, 4);
  const int scoreWidth = c.end - c.name - nameWidth - valueWidth - wordWidth - costs * costWidth;
  c.score = c.name + nameWidth;
  c.value = c.score + std::max(60, scoreWidth - kGap);
  c.word = c.value + valueWidth;
  c.trained = c.word + wordWidth;
  c.time = costs >= 1 ? c.trained + costWidth : c.trained;
  c.memory = costs >= 2 ? c.time + costWidth : c.time;
  c.stored = costs >= 3 ? c.memory + costWidth : c.memory;
  c.end = costs >= 4 ? c.stored + costWidth : c.stored;
  return c;
}

double IntervalPlot::scoreX(const Columns& c, double score) const {
  const double left = c.score + 8;
  const double right = c.value - 16;
  return left + (right - left) * (score - axisLow_) / std::max(1e-9, axisHigh_ - axisLow_);
}

int IntervalPlot::rowAt(int y) const {
  const int row = (y - headHeight()) / rowHeight();
  return y >= headHeight() && row < static_cast<int>(rows_.size()) ? row : -1;
}

QString IntervalPlot::tip(const IntervalPlotRow& row) const {
  QString text =
      tr("%1: %2 right, 95 % interval %3")
          .arg(row.title, toQt(percentText(row.mean)), toQt(percentIntervalText(row.low, row.high)));
  text += QLatin1Char('\n') + (row.seeds.size() == 1 ? tr("1 seed") : tr("%1 seeds").arg(row.seeds.size()));
  if (row.provisional) text += tr(", provisional: more seeds are on their way");
  text +=
      QLatin1Char('\n') +
      (row.isBaseline ? tr("the baseline") : tr("%1 against the baseline").arg(toQt(pairWordText(row.word))));
  if (row.hasCost) {
    text += QLatin1Char('\n') + tr("%1 trained numbers, %2 of training, %3 memory, %4 stored")
                                    .arg(toQt(countText(row.trainable)), toQt(durationText(row.trainSeconds)),
                                         toQt(bytesText(row.peakBytes)), toQt(bytesText(row.storedBytes)));
  }
  return text;
}

void IntervalPlot::drawHeads(QPainter& painter, const Columns& c) const {
  painter.setPen(themeColors(palette()).quiet);
  const auto head = [&](int left, int right, const QString& text, const QString& unit) {
    if (right - left < 10) return;
    const int line = fontMetrics().height();
    painter.drawText(QRect(left, 4, right - left - 4, line), Qt::AlignLeft | Qt::AlignVCenter, text);
    painter.drawText(QRect(left, 4 + line, right - left - 4, line), Qt::AlignLeft | Qt::AlignVCenter, unit);
  };
  head(c.name, c.score, tr("Method"), {});
  head(c.score + 8, c.word, tr("Right on the test set"), tr("%, with 95 % interval"));
  head(c.word, c.trained, tr("Against"), tr("the baseline"));
  head(c.trained, c.time, tr("Trained"), tr("numbers, log"));
  head(c.time, c.memory, tr("Training"), tr("time"));
  head(c.memory, c.stored, tr("Memory"), tr("peak"));
  head(c.stored, c.end, tr("Stored"), tr("size"));
}

void IntervalPlot::drawScoreAxis(QPainter& painter, const Columns& c) const {
  const ThemeColors colors = themeColors(palette());
  const int bottom = headHeight() + static_cast<int>(rows_.size()) * rowHeight();
  const double step = axisHigh_ - axisLow_ > 0.5 ? 0.2 : 0.1;
  for (double tick = std::ceil(axisLow_ / step - 1e-9) * step; tick <= axisHigh_ + 1e-9; tick += step) {
    const double x = scoreX(c, tick);
    painter.setPen(QPen(colors.grid, 1));
    painter.drawLine(QPointF(x, headHeight()), QPointF(x, bottom));
    painter.setPen(colors.quiet);
    painter.drawText(QRectF(x - 24, bottom + 2, 48, fontMetrics().height()), Qt::AlignCenter,
                     QString::number(std::lround(tick * 100)));
  }
}

void IntervalPlot::drawBar(QPainter& painter, int left, int right, int y, double share, const QString& text,
                           int slot) const {
  if (right - left < 10) return;
  const double full = 26;
  const QRectF track(left, y + rowHeight() / 2.0 - 4, full, 8);
  painter.fillRect(track, themeColors(palette()).grid);
  QRectF bar = track;
  bar.setWidth(full * std::clamp(share, 0.0, 1.0));
  painter.fillRect(bar, slotColor(slot, palette()));
  painter.setPen(palette().color(QPalette::Text));
  painter.drawText(QRect(left + 31, y, right - left - 33, rowHeight()), Qt::AlignLeft | Qt::AlignVCenter,
                   text);
}

void IntervalPlot::drawRow(QPainter& painter, const Columns& c, int place) const {
  const IntervalPlotRow& row = rows_[static_cast<std::size_t>(place)];
  const ThemeColors colors = themeColors(palette());
  const int y = headHeight() + place * rowHeight();
  const double middle = y + rowHeight() / 2.0;

  const QColor ink = slotColor(row.slot, palette());
  drawSlotMarker(painter, row.slot, QPointF(c.name + 6, middle), 10, ink);
  painter.setPen(palette().color(QPalette::Text));
  painter.drawText(QRect(c.name + 18, y, c.score - c.name - 20, rowHeight()),
                   Qt::AlignLeft | Qt::AlignVCenter,
                   fontMetrics().elidedText(row.title, Qt::ElideRight, c.score - c.name - 20));
  // Whisker, single seeds, dot.
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(ink, 2, row.provisional ? Qt::DotLine : Qt::SolidLine));
  const double low = scoreX(c, row.low);
  const double high = scoreX(c, row.high);
  painter.drawLine(QPointF(low, middle), QPointF(high, middle));
  painter.setPen(QPen(ink, 2));
  for (const double x : {low, high}) painter.drawLine(QPointF(x, middle - 4), QPointF(x, middle + 4));
  if (row.seeds.size() > 1) {
    painter.setPen(QPen(ink, 1));
    for (const double seed : row.seeds) {
      painter.drawLine(QPointF(scoreX(c, seed), middle + 5), QPointF(scoreX(c, seed), middle + 9));
    }
  }
  drawSlotMarker(painter, row.slot, QPointF(scoreX(c, row.mean), middle), 11, ink);
  painter.setPen(palette().color(QPalette::Text));
  QFont bold = font();
  bold.setBold(true);
  painter.setFont(bold);
  painter.drawText(QRect(c.value, y, c.word - c.value - kGap, rowHeight()), Qt::AlignRight | Qt::AlignVCenter,
                   toQt(percentText(row.mean)));
  painter.setFont(font());
  if (row.isBaseline || row.word == PairWord::kNotEnoughData || row.word == PairWord::kNoClearDifference) {
    painter.setPen(colors.quiet);
  } else {
    painter.setPen(row.word == PairWord::kBetter ? colors.good : colors.bad);
  }
  painter.drawText(QRect(c.word, y, c.trained - c.word, rowHeight()), Qt::AlignLeft | Qt::AlignVCenter,
                   wordText(row));
  if (!row.hasCost) {
    painter.setPen(colors.quiet);
    for (const auto& [left, right] :
         {std::pair{c.trained, c.time}, {c.time, c.memory}, {c.memory, c.stored}, {c.stored, c.end}}) {
      if (right - left >= 10)
        painter.drawText(QRect(left + 31, y, 40, rowHeight()), Qt::AlignVCenter, QStringLiteral("–"));
    }
    return;
  }
  double seconds = 0;
  double memory = 0;
  double stored = 0;
  double trained = 1;
  for (const IntervalPlotRow& other : rows_) {
    seconds = std::max(seconds, other.trainSeconds);
    memory = std::max(memory, static_cast<double>(other.peakBytes));
    stored = std::max(stored, static_cast<double>(other.storedBytes));
    trained = std::max(trained, std::log10(1.0 + static_cast<double>(other.trainable)));
  }
  const auto share = [](double value, double largest) {
    return largest > 0 && value > 0 ? value / largest : 0;
  };
  drawBar(painter, c.trained, c.time, y, std::log10(1.0 + static_cast<double>(row.trainable)) / trained,
          toQt(countText(row.trainable)), row.slot);
  drawBar(painter, c.time, c.memory, y, share(row.trainSeconds, seconds),
          toQt(durationText(row.trainSeconds)), row.slot);
  drawBar(painter, c.memory, c.stored, y, share(static_cast<double>(row.peakBytes), memory),
          toQt(bytesText(row.peakBytes)), row.slot);
  drawBar(painter, c.stored, c.end, y, share(static_cast<double>(row.storedBytes), stored),
          toQt(bytesText(row.storedBytes)), row.slot);
}

void IntervalPlot::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Columns c = columns();
  for (int row = 0; row < static_cast<int>(rows_.size()); ++row) {
    if (rows_[static_cast<std::size_t>(row)].isBaseline) {
      painter.fillRect(QRect(0, headHeight() + row * rowHeight(), width(), rowHeight()),
                       palette().color(QPalette::AlternateBase));
    }
  }
  drawHeads(painter, c);
  drawScoreAxis(painter, c);
  for (int row = 0; row < static_cast<int>(rows_.size()); ++row) drawRow(painter, c, row);
  if (hasFocus() && !rows_.empty()) {
    const int row = std::max(0, current_);
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setPen(QPen(palette().color(QPalette::Active, QPalette::Highlight), 2));
    painter.drawRect(QRect(1, headHeight() + row * rowHeight() + 1, width() - 3, rowHeight() - 2));
  }
}

void IntervalPlot::keyPressEvent(QKeyEvent* event) {
  const int last = static_cast<int>(rows_.size()) - 1;
  switch (event->key()) {
    case Qt::Key_Down:
      current_ = std::min(last, current_ + 1);
      break;
    case Qt::Key_Up:
      current_ = std::max(0, current_ - 1);
      break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
      if (last >= 0) Q_EMIT baselineRequested(rows_[static_cast<std::size_t>(std::max(0, current_))].title);
      break;
    default:
      QWidget::keyPressEvent(event);
      return;
  }
  update();
}

void IntervalPlot::mousePressEvent(QMouseEvent* event) {
  const int row = rowAt(static_cast<int>(event->position().y()));
  if (row >= 0) current_ = row;
  update();
}

void IntervalPlot::mouseDoubleClickEvent(QMouseEvent* event) {
  const int row = rowAt(static_cast<int>(event->position().y()));
  if (row >= 0) Q_EMIT baselineRequested(rows_[static_cast<std::size_t>(row)].title);
}

bool IntervalPlot::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    auto* help = static_cast<QHelpEvent*>(event);
    const int row = rowAt(help->pos().y());
    if (row >= 0) {
      QToolTip::showText(help->globalPos(), plainToolTip(tip(rows_[static_cast<std::size_t>(row)])), this);
      return true;
    }
    QToolTip::hideText();
  }
  return QWidget::event(event);
}

}  // namespace attune
