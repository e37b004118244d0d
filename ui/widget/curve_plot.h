#pragma once

#include <QString>
#include <QWidget>
#include <memory>
#include <vector>

namespace attune {

struct PlotCurve {
  QString title;
  int slot = 0;
  std::vector<double> x;
  std::vector<double> y;
};

// Curves over the optimiser step, one colour, line style and marker a slot. Wheel zooms, dragging pans, a
// double click or Home shows all; Left and Right move a cursor whose values are spoken and shown.
class CurvePlot : public QWidget {
  Q_OBJECT

 public:
  CurvePlot(const QString& title, const QString& yTitle, QWidget* parent = nullptr);
  ~CurvePlot() override;

  void setCurves(std::vector<PlotCurve> curves);
  // "%" axis: values 0–1 are shown as percent.
  void setPercent(bool percent);

 protected:
  void changeEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;

 private:
  void applyColors();
  void showAll();
  void moveCursor(int by);
  void describe();

  struct Parts;
  std::unique_ptr<Parts> parts_;
  QString title_;
  std::vector<PlotCurve> curves_;
  bool percent_ = false;
  bool fitted_ = true;  // nobody has zoomed: new points stay in view
  int cursor_ = -1;
};

}  // namespace attune
