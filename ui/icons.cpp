#include "ui/icons.h"

#include <QFile>
#include <QPainter>
#include <QPalette>
#include <QPixmap>
#include <QSvgRenderer>

// Resources of a static library must be asked for; the macro works outside of namespaces only.
static void initResources() { Q_INIT_RESOURCE(attune); }

namespace attune {

namespace {

QPixmap draw(QByteArray svg, const QColor& color, int pixels) {
  svg.replace("currentColor", color.name().toLatin1());
  QSvgRenderer renderer(svg);
  QPixmap pixmap(pixels, pixels);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  renderer.render(&painter);
  return pixmap;
}

}  // namespace

QIcon themedIcon(const QString& name, const QPalette& palette) {
  initResources();
  QFile file(QStringLiteral(":/attune/icons/%1.svg").arg(name));
  if (name.isEmpty() || !file.open(QIODevice::ReadOnly)) return {};
  const QByteArray svg = file.readAll();
  QIcon icon;
  for (const int pixels : {16, 24, 32, 48, 64}) {
    icon.addPixmap(draw(svg, palette.color(QPalette::Active, QPalette::ButtonText), pixels), QIcon::Normal);
    icon.addPixmap(draw(svg, palette.color(QPalette::Disabled, QPalette::ButtonText), pixels),
                   QIcon::Disabled);
  }
  return icon;
}

}  // namespace attune
