#pragma once

#include <QWidget>
#include <string>

class QSvgRenderer;

namespace attune {

// A picture of the report on the screen, in the window's theme; as wide as there is room for, up to its own
// width.
class SvgPicture : public QWidget {
  Q_OBJECT

 public:
  // `name`, `description`: what assistive technology says.
  SvgPicture(std::string svg, const QString& name, const QString& description, QWidget* parent = nullptr);

  void setSvg(std::string svg, const QString& description);

  QSize sizeHint() const override;
  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void load();

  std::string svg_;
  QSvgRenderer* renderer_;
};

}  // namespace attune
