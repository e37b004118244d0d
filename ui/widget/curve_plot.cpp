#include "ui/widget/curve_plot.h"

// QCustomPlot's header uses the keywords that QT_NO_KEYWORDS takes away.
#define signals Q_SIGNALS
#define slots Q_SLOTS
#define foreach Q_FOREACH
#include <qcustomplot.h>
#undef signals
#undef slots
#undef foreach

#include <QKeyEvent>
#include <QLabel>
#include <QToolTip>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/theme.h"

namespace attune {

struct CurvePlot::Parts {
  QCustomPlot* plot = nullptr;
  QLabel* note = nullptr;
  QCPItemStraightLine* cursor = nullptr;
};

namespace {

QPen linePen(int slot, const QColor& color) {
  constexpr double kWidth = 1.6;
  QPen pen(color, kWidth);
  const QVector<qreal> dashes = slotDashes(slot, kWidth);
  if (!dashes.isEmpty()) pen.setDashPattern(dashes);
  return pen;
}

QPixmap markerPixmap(int slot, const QColor& color) {
  QPixmap pixmap(9, 9);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  drawSlotMarker(painter, slot, QPointF(4.5, 4.5), 7, color);
  return pixmap;
}

}  // namespace

CurvePlot::CurvePlot(const QString& title, const QString& yTitle, QWidget* parent)
    : QWidget(parent), parts_(std::make_unique<Parts>()), title_(title) {
  setProperty("attuneChart", true);
  setAccessibleName(title);
  setFocusPolicy(Qt::StrongFocus);
  setMinimumHeight(110);
  parts_->plot = new QCustomPlot;
  QCustomPlot* plot = parts_->plot;
  plot->setFocusPolicy(Qt::NoFocus);
  plot->xAxis->setLabel(tr("optimiser step"));
  plot->yAxis->setLabel(yTitle);
  plot->setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
  plot->setNoAntialiasingOnDrag(true);
  plot->legend->setVisible(true);
  // Beside the curves: inside it would cover some.
  auto* side = new QCPLayoutGrid;
  plot->plotLayout()->addElement(0, 1, side);
  side->addElement(0, 0, plot->legend);
  side->addElement(1, 0, new QCPLayoutElement(plot));
  side->setRowStretchFactor(0, 0.001);
  plot->legend->setRowSpacing(0);
  plot->plotLayout()->setColumnStretchFactor(1, 0.001);
  parts_->cursor = new QCPItemStraightLine(plot);
  parts_->cursor->setVisible(false);
  parts_->note = new QLabel;
  parts_->note->setTextFormat(Qt::PlainText);
  parts_->note->setForegroundRole(QPalette::PlaceholderText);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(2, 2, 2, 2);
  column->setSpacing(0);
  column->addWidget(plot, 1);
  column->addWidget(parts_->note);
  connect(plot, &QCustomPlot::mouseWheel, this, [this] { fitted_ = false; });
  connect(plot, &QCustomPlot::mousePress, this, [this] {
    fitted_ = false;
    setFocus(Qt::MouseFocusReason);
  });
  connect(plot, &QCustomPlot::mouseDoubleClick, this, &CurvePlot::showAll);
  connect(plot, &QCustomPlot::mouseMove, this, [this, plot](QMouseEvent* event) {
    if (event->buttons() != Qt::NoButton) return;
    for (int i = 0; i < plot->graphCount(); ++i) {
      QVariant details;
      const double distance = plot->graph(i)->selectTest(event->position(), false, &details);
      if (distance < 0 || distance > 6) continue;
      const double x = plot->xAxis->pixelToCoord(event->position().x());
      const auto points = plot->graph(i)->data();
      const auto at = points->findBegin(x);
      if (at == points->constEnd()) continue;
      QToolTip::showText(event->globalPosition().toPoint(),
                         tr("%1\nstep %2: %3")
                             .arg(plot->graph(i)->property("title").toString())
                             .arg(at->key)
                             .arg(at->value, 0, 'f', percent_ ? 1 : 4),
                         this);
      return;
    }
  });
  applyColors();
}

CurvePlot::~CurvePlot() = default;

void CurvePlot::setPercent(bool percent) { percent_ = percent; }

void CurvePlot::setCurves(std::vector<PlotCurve> curves) {
  curves_ = std::move(curves);
  QCustomPlot* plot = parts_->plot;
  plot->clearGraphs();
  plot->legend->clearItems();
  plot->setAutoAddPlottableToLegend(false);
  std::vector<QString> named;
  for (const PlotCurve& curve : curves_) {
    QCPGraph* graph = plot->addGraph();
    QVector<double> x(curve.x.begin(), curve.x.end());
    QVector<double> y(curve.y.begin(), curve.y.end());
    if (percent_) {
      for (double& value : y) value *= 100;
    }
    graph->setData(x, y, true);
    graph->setName(curve.title);
    graph->setProperty("slot", curve.slot);
    graph->setProperty("title", curve.title);
    graph->setAdaptiveSampling(true);
    const QString plain = curve.title.section(QLatin1String(", seed"), 0, 0);
    if (std::find(named.begin(), named.end(), plain) == named.end()) {
      named.push_back(plain);
      graph->setName(plain);
      graph->addToLegend();
    }
  }
  plot->legend->setVisible(!named.empty());
  applyColors();
  if (fitted_) showAll();
  describe();
}

void CurvePlot::showAll() {
  QCustomPlot* plot = parts_->plot;
  fitted_ = true;
  plot->rescaleAxes();
  if (plot->graphCount() > 0) {
    plot->xAxis->setRange(0, plot->xAxis->range().upper * 1.02);
    plot->yAxis->scaleRange(1.1);
    if (percent_) {
      plot->yAxis->setRange(std::max(0.0, plot->yAxis->range().lower),
                            std::min(100.0, plot->yAxis->range().upper));
    }
  }
  plot->replot(QCustomPlot::rpQueuedReplot);
}

void CurvePlot::moveCursor(int by) {
  // All steps at which some curve has a point.
  std::vector<double> steps;
  for (const PlotCurve& curve : curves_) steps.insert(steps.end(), curve.x.begin(), curve.x.end());
  std::sort(steps.begin(), steps.end());
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
  if (steps.empty()) return;
  cursor_ = std::clamp(cursor_ + by, 0, static_cast<int>(steps.size()) - 1);
  const double step = steps[static_cast<std::size_t>(cursor_)];
  parts_->cursor->point1->setCoords(step, 0);
  parts_->cursor->point2->setCoords(step, 1);
  parts_->cursor->setVisible(true);
  QStringList values;
  for (const PlotCurve& curve : curves_) {
    const auto at = std::find(curve.x.begin(), curve.x.end(), step);
    if (at == curve.x.end()) continue;
    const double value = curve.y[static_cast<std::size_t>(at - curve.x.begin())];
    values.append(
        tr("%1 %2").arg(curve.title, QString::number(percent_ ? value * 100 : value, 'f', percent_ ? 1 : 4)));
  }
  parts_->note->setText(tr("step %1: %2").arg(step).arg(values.join(QStringLiteral(", "))));
  setAccessibleDescription(parts_->note->text());
  parts_->plot->replot(QCustomPlot::rpQueuedReplot);
}

void CurvePlot::describe() {
  QStringList ends;
  for (const PlotCurve& curve : curves_) {
    if (curve.y.empty()) continue;
    const double last = curve.y.back();
    ends.append(tr("%1 ends at %2")
                    .arg(curve.title, QString::number(percent_ ? last * 100 : last, 'f', percent_ ? 1 : 4)));
  }
  setAccessibleDescription(ends.isEmpty()
                               ? tr("No curves yet.")
                               : tr("%1 curves: %2.").arg(ends.size()).arg(ends.join(QStringLiteral(", "))));
}

void CurvePlot::applyColors() {
  QCustomPlot* plot = parts_->plot;
  const QPalette colors = palette();
  const ThemeColors theme = themeColors(colors);
  const QColor text = colors.color(QPalette::Text);
  plot->setBackground(QBrush(colors.color(QPalette::Base)));
  for (QCPAxis* axis : {plot->xAxis, plot->yAxis}) {
    axis->setBasePen(QPen(theme.quiet));
    axis->setTickPen(QPen(theme.quiet));
    axis->setSubTickPen(QPen(theme.grid));
    axis->setTickLabelColor(text);
    axis->setLabelColor(text);
    axis->setTickLabelFont(font());
    axis->setLabelFont(font());
    axis->grid()->setPen(QPen(theme.grid));
    axis->grid()->setZeroLinePen(QPen(theme.grid));
  }
  QColor box = colors.color(QPalette::Base);
  box.setAlpha(225);
  plot->legend->setBrush(box);
  plot->legend->setBorderPen(Qt::NoPen);
  plot->legend->setTextColor(text);
  plot->legend->setFont(font());
  for (int i = 0; i < plot->graphCount(); ++i) {
    QCPGraph* graph = plot->graph(i);
    const int slot = graph->property("slot").toInt();
    const QColor ink = slotColor(slot, colors);
    graph->setPen(linePen(slot, ink));
    graph->setScatterStyle(graph->dataCount() <= 60 ? QCPScatterStyle(markerPixmap(slot, ink))
                                                    : QCPScatterStyle());
  }
  parts_->cursor->setPen(QPen(colors.color(QPalette::Active, QPalette::Highlight), 1));
  plot->replot(QCustomPlot::rpQueuedReplot);
}

void CurvePlot::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) applyColors();
  QWidget::changeEvent(event);
}

void CurvePlot::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_Left:
      moveCursor(-1);
      break;
    case Qt::Key_Right:
      moveCursor(1);
      break;
    case Qt::Key_Home:
      showAll();
      break;
    case Qt::Key_Plus:
    case Qt::Key_Minus:
      fitted_ = false;
      parts_->plot->xAxis->scaleRange(event->key() == Qt::Key_Plus ? 0.8 : 1.25);
      parts_->plot->replot(QCustomPlot::rpQueuedReplot);
      break;
    default:
      QWidget::keyPressEvent(event);
  }
}

void CurvePlot::focusInEvent(QFocusEvent* event) {
  parts_->plot->axisRect()->setBackground(palette().color(QPalette::AlternateBase));
  parts_->plot->replot(QCustomPlot::rpQueuedReplot);
  QWidget::focusInEvent(event);
}

void CurvePlot::focusOutEvent(QFocusEvent* event) {
  parts_->plot->axisRect()->setBackground(Qt::NoBrush);
  parts_->cursor->setVisible(false);
  parts_->plot->replot(QCustomPlot::rpQueuedReplot);
  QWidget::focusOutEvent(event);
}

}  // namespace attune
