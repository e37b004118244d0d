#pragma once

#include <QPushButton>

class QAction;

namespace attune {

// A push button that shows and triggers an action, and follows its state.
class ActionButton : public QPushButton {
  Q_OBJECT

 public:
  explicit ActionButton(QAction* action, QWidget* parent = nullptr);

 private:
  void follow();

  QAction* action_;
};

}  // namespace attune
