#pragma once

#include <QString>

class QDialog;
class QWidget;

namespace attune {

class Actions;

// The small windows of the Help menu. New, not shown yet; they delete themselves when closed.
QDialog* makeShortcutsDialog(const Actions& actions, QWidget* parent);
QDialog* makeAboutDialog(QWidget* parent);
QDialog* makeHelpDialog(QWidget* parent);

// Versions and system, one a line, for bug reports.
QString systemInfo();

}  // namespace attune
