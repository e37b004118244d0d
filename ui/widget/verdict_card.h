#pragma once

#include <QFrame>

#include "core/report/comparison.h"

class QLabel;
class QPlainTextEdit;
class QPushButton;

namespace attune {

// What is said about the comparison, in words; "Why?" opens the numbers, the tests and their assumptions.
class VerdictCard : public QFrame {
  Q_OBJECT

 public:
  explicit VerdictCard(QWidget* parent = nullptr);

  void setComparison(const Comparison& comparison);
  void setWhyShown(bool shown);
  bool isWhyShown() const;
  QString text() const;

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void applyColors();

  bool applying_ = false;
  QLabel* provisional_;
  QLabel* text_;
  QLabel* confidence_;
  QPushButton* why_;
  QPlainTextEdit* reasons_;
};

}  // namespace attune
