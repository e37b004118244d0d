#include "ui/window_layout.h"

#include <QApplication>
#include <QDockWidget>
#include <QGuiApplication>
#include <QMainWindow>
#include <QScreen>
#include <QTabBar>

namespace attune {

void applyLayout(QMainWindow& window, const Docks& docks, LayoutName layout) {
  for (QDockWidget* dock : docks.all()) {
    dock->setFloating(false);
    window.removeDockWidget(dock);
  }
  window.addDockWidget(Qt::LeftDockWidgetArea, docks.data);
  window.addDockWidget(Qt::LeftDockWidgetArea, docks.runs);
  window.addDockWidget(Qt::RightDockWidgetArea, docks.compare);
  window.addDockWidget(Qt::BottomDockWidgetArea, docks.activity);
  window.addDockWidget(Qt::RightDockWidgetArea, docks.playground);
  docks.playground->hide();
  window.splitDockWidget(docks.data, docks.runs, Qt::Vertical);
  docks.data->setVisible(layout == LayoutName::kOverview || layout == LayoutName::kData);
  docks.runs->setVisible(layout == LayoutName::kOverview || layout == LayoutName::kRuns);
  docks.compare->setVisible(layout == LayoutName::kOverview || layout == LayoutName::kCompare);
  docks.activity->setVisible(layout == LayoutName::kOverview || layout == LayoutName::kRuns);
  const int width = window.width();
  const int height = window.height();
  window.resizeDocks({docks.data, docks.compare}, {width * 38 / 100, width * 62 / 100}, Qt::Horizontal);
  window.resizeDocks({docks.data, docks.runs}, {height * 52 / 100, height * 33 / 100}, Qt::Vertical);
  window.resizeDocks({docks.activity}, {height * 15 / 100}, Qt::Vertical);
}

void nameTabBars(QMainWindow& window) {
  for (QTabBar* bar : window.findChildren<QTabBar*>(QString(), Qt::FindDirectChildrenOnly))
    bar->setAccessibleName(QCoreApplication::translate("WindowLayout", "Panes in one place"));
}

bool restoreLayout(QMainWindow& window, const Docks& docks, const QByteArray& geometry,
                   const QByteArray& layout) {
  const bool placed = !geometry.isEmpty() && window.restoreGeometry(geometry);
  if (!placed) window.resize(1280, 800);
  const QScreen* screen = window.screen() != nullptr ? window.screen() : QGuiApplication::primaryScreen();
  if (screen != nullptr) {
    const QRect room = screen->availableGeometry();
    window.resize(window.size().boundedTo(room.size()));
    if (!room.intersects(window.frameGeometry())) window.move(room.topLeft());
  }
  applyLayout(window, docks, LayoutName::kOverview);
  if (layout.isEmpty() || !window.restoreState(layout, kLayoutVersion)) {
    applyLayout(window, docks, LayoutName::kOverview);
    return false;
  }
  return true;
}

QWidget* firstFocusable(QWidget* pane) {
  QWidget* widget = pane;
  do {
    if (pane->isAncestorOf(widget) && widget->isVisible() && widget->isEnabled() &&
        (widget->focusPolicy() & Qt::TabFocus) == Qt::TabFocus && widget->focusProxy() == nullptr) {
      return widget;
    }
    widget = widget->nextInFocusChain();
  } while (widget != pane);
  return nullptr;
}

void focusNextPane(const Docks& docks, int by) {
  QList<QDockWidget*> visible;
  for (QDockWidget* dock : docks.all()) {
    if (dock->isVisible()) visible.append(dock);
  }
  if (visible.isEmpty()) return;
  qsizetype now = by > 0 ? -1 : 0;
  for (qsizetype i = 0; i < visible.size(); ++i) {
    if (QApplication::focusWidget() != nullptr && visible[i]->isAncestorOf(QApplication::focusWidget()))
      now = i;
  }
  now = (now + by + visible.size()) % visible.size();
  visible[now]->raise();
  // A pane that is empty takes the keyboard itself, so that its name is read.
  QWidget* target = firstFocusable(visible[now]->widget());
  (target != nullptr ? target : visible[now]->widget())->setFocus(Qt::ShortcutFocusReason);
}

}  // namespace attune
