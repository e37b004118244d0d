#include "ui/widget/action_button.h"

#include <QAction>

namespace attune {

ActionButton::ActionButton(QAction* action, QWidget* parent) : QPushButton(parent), action_(action) {
  connect(this, &QPushButton::clicked, action, &QAction::trigger);
  connect(action, &QAction::changed, this, &ActionButton::follow);
  follow();
}

void ActionButton::follow() {
  setText(action_->text().remove(QLatin1Char('&')));
  setEnabled(action_->isEnabled());
  const QString keys = action_->shortcut().toString(QKeySequence::NativeText);
  setToolTip(keys.isEmpty() ? action_->toolTip() : tr("%1 (%2)").arg(action_->toolTip(), keys));
  setAccessibleDescription(action_->toolTip());
}

}  // namespace attune
