#include "ui/widget/empty_state.h"

#include <QLabel>
#include <QVBoxLayout>

#include "ui/widget/action_button.h"

namespace attune {

EmptyState::EmptyState(const QString& text, QAction* action, QWidget* parent) : QWidget(parent) {
  text_ = new QLabel(text);
  text_->setTextFormat(Qt::PlainText);
  text_->setWordWrap(true);
  text_->setAlignment(Qt::AlignCenter);
  text_->setForegroundRole(QPalette::PlaceholderText);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(24, 24, 24, 24);
  column->addStretch(1);
  column->addWidget(text_);
  if (action != nullptr) {
    column->addSpacing(8);
    column->addWidget(new ActionButton(action), 0, Qt::AlignHCenter);
  }
  column->addStretch(2);
}

void EmptyState::setText(const QString& text) { text_->setText(text); }

}  // namespace attune
