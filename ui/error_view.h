#pragma once

#include <QFrame>
#include <functional>

#include "ui/background.h"

class QLabel;
class QPlainTextEdit;
class QPushButton;

namespace attune {

// The only place that shows errors: a bar that stays until it is dismissed and never stops the work. It also
// carries offers such as "2 runs were interrupted" [Run again].
class ErrorView : public QFrame {
  Q_OBJECT

 public:
  explicit ErrorView(QWidget* parent = nullptr);

  void show(const Failure& failure);
  // A message with one button; `act` is called when it is pressed.
  void offer(const QString& message, const QString& verb, std::function<void()> act);
  void dismiss();

 private:
  void present(const QString& text, const QString& details, const QString& verb);

  QLabel* symbol_;
  QLabel* text_;
  QPushButton* verb_;
  QPushButton* more_;
  QPushButton* dismiss_;
  QPlainTextEdit* details_;
  std::function<void()> act_;
};

}  // namespace attune
