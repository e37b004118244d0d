#include "ui/widget/svg_picture.h"

#include <QEvent>
#include <QPainter>
#include <QSvgRenderer>
#include <algorithm>

#include "ui/plain_svg.h"
#include "ui/theme.h"

namespace attune {

SvgPicture::SvgPicture(std::string svg, const QString& name, const QString& description, QWidget* parent)
    : QWidget(parent), svg_(std::move(svg)), renderer_(new QSvgRenderer(this)) {
  setAccessibleName(name);
  setAccessibleDescription(description);
  QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Preferred);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
  load();
}

void SvgPicture::setSvg(std::string svg, const QString& description) {
  svg_ = std::move(svg);
  setAccessibleDescription(description);
  load();
  updateGeometry();
  update();
}

void SvgPicture::load() {
  if (!svg_.empty()) renderer_->load(plainSvg(svg_, isDark(palette())));
}

QSize SvgPicture::sizeHint() const { return renderer_->defaultSize(); }

int SvgPicture::heightForWidth(int width) const {
  const QSize whole = renderer_->defaultSize();
  if (whole.width() <= 0) return 0;
  return whole.height() * std::min(width, whole.width()) / whole.width();
}

void SvgPicture::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const QSizeF whole = renderer_->defaultSize();
  if (whole.isEmpty()) return;
  const double scale = std::min({1.0, width() / whole.width(), height() / whole.height()});
  renderer_->render(&painter, QRectF(QPointF(0, 0), whole * scale));
}

void SvgPicture::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange) load();
  QWidget::changeEvent(event);
}

}  // namespace attune
