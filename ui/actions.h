#pragma once

#include <QHash>
#include <QKeySequence>
#include <QList>
#include <QObject>
#include <QString>

class QAction;
class QMenu;
class QMenuBar;
class QPalette;
class QWidget;

namespace attune {

enum class Command {
  kNewProject,
  kOpenProject,
  kTrySample,
  kImportData,
  kExportReport,
  kCloseProject,
  kQuit,
  kCopy,
  kCopyMarkdown,
  kCopyLatex,
  kFind,
  kPalette,
  kLayoutOverview,
  kLayoutData,
  kLayoutRuns,
  kLayoutCompare,
  kResetLayout,
  kNextPane,
  kPreviousPane,
  kFullScreen,
  kBaseModels,
  kCompareMethods,
  kExperiments,
  kMakeComparable,
  kAddSeeds,
  kStopKeep,
  kDiscard,
  kMoveToFront,
  kRetry,
  kCure,
  kExportAdapter,
  kStopAll,
  kPause,
  kSetBaseline,
  kPlayground,
  kShowSummary,
  kShowCurves,
  kShowExamples,
  kShowSettings,
  kShowCost,
  kShowConfusion,
  kShowSlices,
  kShowClaims,
  kWhy,
  kStarExample,
  kNoteExample,
  kNextExample,
  kPreviousExample,
  kBothRight,
  kOnlyA,
  kOnlyB,
  kBothWrong,
  kHelp,
  kShortcuts,
  kCopySystemInfo,
  kAbout,
};

// Every command of the window: one QAction each, used by menus, tool bar, context menus and command palette.
// The panes connect to them; nobody else makes actions.
class Actions : public QObject {
  Q_OBJECT

 public:
  explicit Actions(QWidget* window);

  QAction* get(Command command) const;
  // In the order of the menus.
  const QList<QAction*>& all() const { return all_; }
  // Name of the menu that an action lives in, without its mnemonic.
  QString menuOf(const QAction* action) const;

  // A disabled command says why in its tool tip and status tip.
  void setEnabled(Command command, bool enabled, const QString& reason = {});

  // Fills the menu bar. Further menus (recent projects, theme, panes) are put in by the window.
  void fill(QMenuBar& bar);
  QMenu* menu(const QString& name) const;
  // An action that is not in the table (a theme, a pane) gets its place in a menu and in the palette.
  void adopt(QAction* action, QMenu* menu);

  void updateIcons(const QPalette& palette);

 private:
  QHash<int, QAction*> byCommand_;
  QHash<QString, QMenu*> menus_;
  QHash<const QAction*, QString> menuNames_;
  QList<QAction*> all_;
};

// Text of an action without its mnemonic and ellipsis, for lists.
QString plainActionText(const QAction& action);

}  // namespace attune
