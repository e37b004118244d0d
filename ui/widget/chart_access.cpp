#include "ui/widget/chart_access.h"

#include <QAccessible>
#include <QAccessibleWidget>
#include <QWidget>

namespace attune {

namespace {

QAccessibleInterface* makeChart(const QString&, QObject* object) {
  auto* widget = qobject_cast<QWidget*>(object);
  if (widget == nullptr || !widget->property("attuneChart").toBool()) return nullptr;
  return new QAccessibleWidget(widget, QAccessible::Chart);
}

}  // namespace

void installChartAccess() { QAccessible::installFactory(makeChart); }

}  // namespace attune
