#pragma once

#include <QByteArray>
#include <QList>

class QDockWidget;
class QMainWindow;
class QWidget;

namespace attune {

struct Docks {
  QDockWidget* data = nullptr;
  QDockWidget* runs = nullptr;
  QDockWidget* compare = nullptr;
  QDockWidget* activity = nullptr;
  QDockWidget* playground = nullptr;  // shown when asked for

  QList<QDockWidget*> all() const { return {data, runs, compare, activity, playground}; }
};

enum class LayoutName { kOverview, kData, kRuns, kCompare };

void applyLayout(QMainWindow& window, const Docks& docks, LayoutName layout);

// Stored layouts carry this number; others are not used.
inline constexpr int kLayoutVersion = 2;
// False, and the window has the Overview layout, when the bytes are not a layout of this version.
bool restoreLayout(QMainWindow& window, const Docks& docks, const QByteArray& geometry,
                   const QByteArray& layout);

// Panes that lie on one another get a tab bar from Qt, which has no name of its own: to be called when they
// have been laid out.
void nameTabBars(QMainWindow& window);

// Gives the keyboard to the next (or previous) visible pane.
void focusNextPane(const Docks& docks, int by);
// The first widget inside that takes the keyboard; nullptr: none.
QWidget* firstFocusable(QWidget* pane);

}  // namespace attune
