#include "ui/theme.h"

#include <QApplication>
#include <QPainter>
#include <QPolygonF>
#include <QProxyStyle>
#include <QStyle>
#include <QStyleOption>
#include <QToolTip>
#include <cmath>
#include <string_view>
#include <vector>

#include "core/report/palette.h"

namespace attune {

namespace {

struct Shades {
  const char* window;
  const char* base;
  const char* alternate;
  const char* text;
  const char* quiet;
  const char* button;
  const char* highlight;
  const char* highlightedText;
  const char* link;
};
constexpr Shades kLightShades{"#f3f4f7", "#ffffff", "#f7f8fa", "#1b1e24", "#5b6472",
                              "#fbfbfd", "#2457c5", "#ffffff", "#1f4fb5"};
constexpr Shades kDarkShades{"#22262d", "#1b1e24", "#20242b", "#e8eaee", "#a3acba",
                             "#2b303a", "#3f76e0", "#ffffff", "#8ab4ff"};

QColor color(const char* name) { return QColor(QLatin1String(name)); }

QPalette paletteOf(const Shades& shades, bool dark) {
  QPalette palette;
  const QColor window = color(shades.window);
  palette.setColor(QPalette::Window, window);
  palette.setColor(QPalette::WindowText, color(shades.text));
  palette.setColor(QPalette::Base, color(shades.base));
  palette.setColor(QPalette::AlternateBase, color(shades.alternate));
  palette.setColor(QPalette::Text, color(shades.text));
  palette.setColor(QPalette::Button, color(shades.button));
  palette.setColor(QPalette::ButtonText, color(shades.text));
  palette.setColor(QPalette::BrightText, Qt::white);
  palette.setColor(QPalette::ToolTipBase, color(dark ? "#2b303a" : "#ffffff"));
  palette.setColor(QPalette::ToolTipText, color(shades.text));
  palette.setColor(QPalette::PlaceholderText, color(shades.quiet));
  palette.setColor(QPalette::Highlight, color(shades.highlight));
  palette.setColor(QPalette::HighlightedText, color(shades.highlightedText));
  palette.setColor(QPalette::Link, color(shades.link));
  palette.setColor(QPalette::LinkVisited, color(shades.link));
  palette.setColor(QPalette::Light, dark ? window.lighter(150) : QColor(Qt::white));
  palette.setColor(QPalette::Midlight, dark ? window.lighter(125) : window.lighter(103));
  palette.setColor(QPalette::Mid, dark ? window.lighter(170) : window.darker(125));
  palette.setColor(QPalette::Dark, dark ? window.darker(160) : window.darker(150));
  palette.setColor(QPalette::Shadow, dark ? QColor(Qt::black) : window.darker(200));
  const QColor disabled = dark ? color("#6f7887") : color("#8b93a1");
  for (const QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
    palette.setColor(QPalette::Disabled, role, disabled);
  }
  palette.setColor(QPalette::Disabled, QPalette::Highlight, color(dark ? "#3a4150" : "#c5cbd6"));
  // A selection in a pane without the focus stays readable.
  palette.setColor(QPalette::Inactive, QPalette::Highlight, color(dark ? "#33446a" : "#cfdcf7"));
  palette.setColor(QPalette::Inactive, QPalette::HighlightedText, color(shades.text));
  return palette;
}

// Corners at the given radii in turn, the first one at the top.
QPolygonF roundPolygon(const QPointF& center, const std::vector<double>& radii, int corners) {
  QPolygonF polygon;
  for (int i = 0; i < corners; ++i) {
    const double radius = radii[static_cast<std::size_t>(i) % radii.size()];
    const double angle = 2 * M_PI * i / corners;
    polygon << QPointF(center.x() + radius * std::sin(angle), center.y() - radius * std::cos(angle));
  }
  return polygon;
}

// Fusion draws the edges of fields and check marks so that they can hardly be seen on a dark window; these
// reach a contrast of 3:1.
class EdgedFusion : public QProxyStyle {
 public:
  EdgedFusion() : QProxyStyle(QStringLiteral("Fusion")) { setObjectName(QStringLiteral("attuneFusion")); }

  void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                     const QWidget* widget) const override {
    QProxyStyle::drawPrimitive(element, option, painter, widget);
    if (option == nullptr || !isDark(option->palette)) return;
    const bool round = element == PE_IndicatorRadioButton;
    const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option);
    const bool field = element == PE_PanelLineEdit && frame != nullptr && frame->lineWidth > 0 &&
                       !option->state.testFlag(State_HasFocus);
    if (element != PE_IndicatorCheckBox && !round && !field) return;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setBrush(Qt::NoBrush);
    painter->setPen(QPen(color(option->state.testFlag(State_Enabled) ? "#7f8a9a" : "#555e6c"), 1));
    const QRectF edge = QRectF(option->rect).adjusted(0.5, 0.5, -0.5, -0.5);
    if (round) {
      painter->drawEllipse(edge);
    } else {
      painter->drawRoundedRect(edge, 2, 2);
    }
    painter->restore();
  }
};

bool systemIsDark() {
  static const bool dark = isDark(QGuiApplication::palette());  // before the first palette of ours
  return dark;
}

}  // namespace

ThemeChoice themeFromName(const QString& name) {
  if (name == QLatin1String("light")) return ThemeChoice::kLight;
  if (name == QLatin1String("dark")) return ThemeChoice::kDark;
  return ThemeChoice::kSystem;
}

QString themeName(ThemeChoice choice) {
  switch (choice) {
    case ThemeChoice::kLight:
      return QStringLiteral("light");
    case ThemeChoice::kDark:
      return QStringLiteral("dark");
    case ThemeChoice::kSystem:
      break;
  }
  return QStringLiteral("system");
}

bool isDark(const QPalette& palette) {
  return palette.color(QPalette::Window).lightness() < palette.color(QPalette::WindowText).lightness();
}

void applyTheme(QApplication& application, ThemeChoice choice) {
  const bool dark = choice == ThemeChoice::kDark || (choice == ThemeChoice::kSystem && systemIsDark());
  if (application.style() == nullptr || application.style()->objectName() != QLatin1String("attuneFusion")) {
    QApplication::setStyle(new EdgedFusion);
  }
  const QPalette palette = paletteOf(dark ? kDarkShades : kLightShades, dark);
  QApplication::setPalette(palette);
  QToolTip::setPalette(palette);
}

ThemeColors themeColors(const QPalette& palette) {
  if (isDark(palette)) {
    return {color("#3b424e"), color("#a3acba"), color("#272c35"),
            color("#6fd08c"), color("#ff8f85"), color("#f2c14e")};
  }
  return {color("#d9dde4"), color("#5b6472"), color("#ffffff"),
          color("#17692f"), color("#b3261e"), color("#7a5200")};
}

QVector<qreal> slotDashes(int slot, double lineWidth) {
  QVector<qreal> dashes;
  const QString text = QLatin1String(slotStyle(slot).dashes);
  for (const QString& part : text.split(QLatin1Char(' '), Qt::SkipEmptyParts))
    dashes << part.toDouble() / lineWidth;
  return dashes;
}

QColor slotColor(int slot, const QPalette& palette) {
  const SlotStyle style = slotStyle(slot);
  return QColor(QLatin1String(isDark(palette) ? style.dark : style.light));
}

void drawSlotMarker(QPainter& painter, int slot, const QPointF& center, double size, const QColor& fill) {
  const double r = size / 2;
  const double x = center.x();
  const double y = center.y();
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(fill);
  const std::string_view marker = slotStyle(slot).marker;
  if (marker == "square") {
    painter.drawRect(QRectF(x - r * 0.88, y - r * 0.88, r * 1.76, r * 1.76));
  } else if (marker == "triangle") {
    painter.drawPolygon(QPolygonF({{x, y - r}, {x + r, y + r * 0.8}, {x - r, y + r * 0.8}}));
  } else if (marker == "triangle_down") {
    painter.drawPolygon(QPolygonF({{x, y + r}, {x + r, y - r * 0.8}, {x - r, y - r * 0.8}}));
  } else if (marker == "diamond") {
    painter.drawPolygon(QPolygonF({{x, y - r * 1.1}, {x + r * 1.1, y}, {x, y + r * 1.1}, {x - r * 1.1, y}}));
  } else if (marker == "pentagon") {
    painter.drawPolygon(roundPolygon(center, {r * 1.1}, 5));
  } else if (marker == "star") {
    painter.drawPolygon(roundPolygon(center, {r * 1.15, r * 0.5}, 10));
  } else if (marker == "cross") {
    painter.translate(center);
    painter.rotate(45);
    painter.drawRect(QRectF(-r, -r * 0.32, 2 * r, r * 0.64));
    painter.drawRect(QRectF(-r * 0.32, -r, r * 0.64, 2 * r));
  } else {
    painter.drawEllipse(center, r, r);
  }
  painter.restore();
}

}  // namespace attune
