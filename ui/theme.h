#pragma once

#include <QColor>
#include <QPalette>
#include <QString>
#include <QVector>

class QApplication;
class QPainter;
class QPointF;

namespace attune {

enum class ThemeChoice { kSystem, kLight, kDark };

ThemeChoice themeFromName(const QString& name);  // "system", "light", "dark"; others count as "system"
QString themeName(ThemeChoice choice);

// Fusion with Attune's own palette; every widget and plot follows at once through QEvent::PaletteChange.
void applyTheme(QApplication& application, ThemeChoice choice);
bool isDark(const QPalette& palette);

// Colours that a palette has no role for. Derived from the palette, so they follow the theme.
struct ThemeColors {
  QColor grid;     // lines of plots and tables
  QColor quiet;    // secondary text, at least 4.5:1
  QColor card;     // background of cards and bars
  QColor good;     // text of "better"
  QColor bad;      // text of "worse"
  QColor warning;  // text of warnings
};
ThemeColors themeColors(const QPalette& palette);

// Colour and shape of a configuration's slot: the same everywhere, never the colour alone.
QColor slotColor(int slot, const QPalette& palette);
// The slot's dashes in units of the line's width; empty: solid.
QVector<qreal> slotDashes(int slot, double lineWidth);
// Draws the slot's marker, about `size` wide, around `center`.
void drawSlotMarker(QPainter& painter, int slot, const QPointF& center, double size, const QColor& color);

}  // namespace attune
