#pragma once

#include <QWidget>

class QAction;
class QLabel;

namespace attune {

// What a pane shows while it has nothing: why, and the next thing to do.
class EmptyState : public QWidget {
  Q_OBJECT

 public:
  explicit EmptyState(const QString& text, QAction* action = nullptr, QWidget* parent = nullptr);

  void setText(const QString& text);

 private:
  QLabel* text_;
};

}  // namespace attune
