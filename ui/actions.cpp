#include "ui/actions.h"

#include <QAction>
#include <QMenu>
#include <QMenuBar>
#include <QWidget>
#include <iterator>

#include "ui/icons.h"

namespace attune {

namespace {

struct Entry {
  Command command;
  const char* menu;  // "-" in front: after a separator
  const char* text;
  const char* shortcut;
  const char* tip;
  const char* icon;
  bool local = false;  // the shortcut works only inside the pane that the action is added to
};

constexpr Entry kEntries[] = {
    {Command::kNewProject, QT_TRANSLATE_NOOP("Actions", "&File"),
     QT_TRANSLATE_NOOP("Actions", "&New project…"), "Ctrl+N",
     QT_TRANSLATE_NOOP("Actions", "Start an empty project file"), "new"},
    {Command::kOpenProject, "&File", QT_TRANSLATE_NOOP("Actions", "&Open project…"), "Ctrl+O",
     QT_TRANSLATE_NOOP("Actions", "Open a project file (.attune)"), "open"},
    {Command::kTrySample, "&File", QT_TRANSLATE_NOOP("Actions", "&Try the sample"), "Ctrl+Shift+T",
     QT_TRANSLATE_NOOP("Actions", "A new project with the sample messages that come with Attune"), "sample"},
    {Command::kImportData, "-&File", QT_TRANSLATE_NOOP("Actions", "&Import data…"), "Ctrl+I",
     QT_TRANSLATE_NOOP("Actions", "Read a CSV, TSV, JSONL or JSON file"), "import"},
    {Command::kExportReport, "&File", QT_TRANSLATE_NOOP("Actions", "&Export report…"), "Ctrl+E",
     QT_TRANSLATE_NOOP("Actions", "Write the comparison as HTML, PDF, Markdown, CSV, JSON or pictures"),
     "export"},
    {Command::kCloseProject, "-&File", QT_TRANSLATE_NOOP("Actions", "&Close project"), "Ctrl+W",
     QT_TRANSLATE_NOOP("Actions", "Back to the welcome page"), ""},
    {Command::kQuit, "&File", QT_TRANSLATE_NOOP("Actions", "&Quit"), "Ctrl+Q",
     QT_TRANSLATE_NOOP("Actions", "Leave Attune"), ""},
    {Command::kCopy, QT_TRANSLATE_NOOP("Actions", "&Edit"), QT_TRANSLATE_NOOP("Actions", "&Copy"), "Ctrl+C",
     QT_TRANSLATE_NOOP("Actions", "Copy the selected rows of the table as text and as HTML"), ""},
    {Command::kCopyMarkdown, "&Edit", QT_TRANSLATE_NOOP("Actions", "Copy as &Markdown"), "Ctrl+Shift+C",
     QT_TRANSLATE_NOOP("Actions", "Copy the selected rows of the table as a table of Markdown"), ""},
    {Command::kCopyLatex, "&Edit", QT_TRANSLATE_NOOP("Actions", "Copy as &LaTeX"), "Ctrl+Alt+C",
     QT_TRANSLATE_NOOP("Actions", "Copy the selected rows of the table as a tabular of LaTeX (booktabs)"),
     ""},
    {Command::kFind, "&Edit", QT_TRANSLATE_NOOP("Actions", "&Find in the pane"), "Ctrl+F",
     QT_TRANSLATE_NOOP("Actions", "Go to the search field of the pane"), "search"},
    {Command::kPalette, "-&Edit", QT_TRANSLATE_NOOP("Actions", "Find or &run a command…"), "Ctrl+K",
     QT_TRANSLATE_NOOP("Actions", "List of all commands"), "search"},
    {Command::kLayoutOverview, QT_TRANSLATE_NOOP("Actions", "&View"),
     QT_TRANSLATE_NOOP("Actions", "Layout: &Overview"), "Ctrl+1", QT_TRANSLATE_NOOP("Actions", "All panes"),
     ""},
    {Command::kLayoutData, "&View", QT_TRANSLATE_NOOP("Actions", "Layout: &Data"), "Ctrl+2",
     QT_TRANSLATE_NOOP("Actions", "The data pane alone"), ""},
    {Command::kLayoutRuns, "&View", QT_TRANSLATE_NOOP("Actions", "Layout: &Runs"), "Ctrl+3",
     QT_TRANSLATE_NOOP("Actions", "Runs and activity"), ""},
    {Command::kLayoutCompare, "&View", QT_TRANSLATE_NOOP("Actions", "Layout: &Compare"), "Ctrl+4",
     QT_TRANSLATE_NOOP("Actions", "The comparison alone"), ""},
    {Command::kResetLayout, "&View", QT_TRANSLATE_NOOP("Actions", "R&eset layout"), "Ctrl+0",
     QT_TRANSLATE_NOOP("Actions", "Panes and columns as on the first day"), ""},
    {Command::kNextPane, "-&View", QT_TRANSLATE_NOOP("Actions", "&Next pane"), "F6",
     QT_TRANSLATE_NOOP("Actions", "Move the keyboard to the next pane"), ""},
    {Command::kPreviousPane, "&View", QT_TRANSLATE_NOOP("Actions", "&Previous pane"), "Shift+F6",
     QT_TRANSLATE_NOOP("Actions", "Move the keyboard to the previous pane"), ""},
    {Command::kFullScreen, "&View", QT_TRANSLATE_NOOP("Actions", "&Full screen"), "F11",
     QT_TRANSLATE_NOOP("Actions", "Use the whole screen"), ""},
    {Command::kCompareMethods, QT_TRANSLATE_NOOP("Actions", "&Run"),
     QT_TRANSLATE_NOOP("Actions", "&Compare methods…"), "Ctrl+R",
     QT_TRANSLATE_NOOP("Actions", "Choose methods and start their runs"), "compare"},
    {Command::kExperiments, "&Run", QT_TRANSLATE_NOOP("Actions", "Measure a c&laim…"), "Ctrl+Shift+M",
     QT_TRANSLATE_NOOP("Actions",
                       "Start one of the named experiments: data efficiency, fragility, forgetting, …"),
     ""},
    {Command::kBaseModels, "&Run", QT_TRANSLATE_NOOP("Actions", "&Base models…"), "Ctrl+Shift+B",
     QT_TRANSLATE_NOOP("Actions", "Models that can be tuned: list, add, download"), ""},
    {Command::kMakeComparable, "&Run", QT_TRANSLATE_NOOP("Actions", "Ma&ke comparable"), "Ctrl+Shift+K",
     QT_TRANSLATE_NOOP("Actions",
                       "Do what is missing so that all methods are measured on the same data and base"),
     ""},
    {Command::kAddSeeds, "&Run", QT_TRANSLATE_NOOP("Actions", "&Add 2 seeds"), "Ctrl+Shift+A",
     QT_TRANSLATE_NOOP("Actions",
                       "Repeat the comparison with two more seeds, to measure the luck of training"),
     ""},
    {Command::kStopKeep, "-&Run", QT_TRANSLATE_NOOP("Actions", "&Stop and keep"), "Ctrl+.",
     QT_TRANSLATE_NOOP("Actions", "End the selected run early; what it learned is evaluated and kept"),
     "stop"},
    {Command::kDiscard, "&Run", QT_TRANSLATE_NOOP("Actions", "&Discard"), "Ctrl+Shift+D",
     QT_TRANSLATE_NOOP("Actions", "End the selected run and throw its work away"), "discard"},
    {Command::kMoveToFront, "&Run", QT_TRANSLATE_NOOP("Actions", "&Move to the front"), "Ctrl+Shift+Up",
     QT_TRANSLATE_NOOP("Actions", "The selected run is next"), ""},
    {Command::kRetry, "&Run", QT_TRANSLATE_NOOP("Actions", "&Run again"), "Ctrl+Shift+R",
     QT_TRANSLATE_NOOP("Actions", "Queue the selected run again"), ""},
    {Command::kCure, "&Run", QT_TRANSLATE_NOOP("Actions", "Try the &cure"), "Ctrl+Shift+U",
     QT_TRANSLATE_NOOP("Actions",
                       "Add the selected run to the comparison once more, with what would cure it"),
     ""},
    {Command::kExportAdapter, "&Run", QT_TRANSLATE_NOOP("Actions", "E&xport what it learned…"),
     "Ctrl+Shift+E",
     QT_TRANSLATE_NOOP("Actions", "Copy the selected run's adapter to a folder, with a model card"), ""},
    {Command::kStopAll, "-&Run", QT_TRANSLATE_NOOP("Actions", "Stop &everything and keep"), "Ctrl+Shift+.",
     QT_TRANSLATE_NOOP("Actions", "End all runs early; what they learned is kept"), "stop"},
    {Command::kPause, "&Run", QT_TRANSLATE_NOOP("Actions", "&Pause the queue"), "Ctrl+Shift+P",
     QT_TRANSLATE_NOOP("Actions", "Start no new run until the queue goes on"), ""},
    {Command::kSetBaseline, QT_TRANSLATE_NOOP("Actions", "&Compare"),
     QT_TRANSLATE_NOOP("Actions", "Set as &baseline"), "Ctrl+B",
     QT_TRANSLATE_NOOP("Actions", "Compare the others with the selected method"), ""},
    {Command::kWhy, "&Compare", QT_TRANSLATE_NOOP("Actions", "&Why?"), "Ctrl+Y",
     QT_TRANSLATE_NOOP("Actions", "Show the numbers and tests behind the verdict"), ""},
    {Command::kPlayground, "&Compare", QT_TRANSLATE_NOOP("Actions", "&Playground"), "Ctrl+Shift+G",
     QT_TRANSLATE_NOOP("Actions", "Ask every tuned model about a text of your own"), ""},
    {Command::kShowSummary, "-&Compare", QT_TRANSLATE_NOOP("Actions", "&Summary"), "Alt+1",
     QT_TRANSLATE_NOOP("Actions", "Scores with intervals, and costs"), ""},
    {Command::kShowCurves, "&Compare", QT_TRANSLATE_NOOP("Actions", "C&urves"), "Alt+2",
     QT_TRANSLATE_NOOP("Actions", "Validation accuracy and loss while training"), ""},
    {Command::kShowExamples, "&Compare", QT_TRANSLATE_NOOP("Actions", "&Examples"), "Alt+3",
     QT_TRANSLATE_NOOP("Actions", "What every method answered"), ""},
    {Command::kShowSettings, "&Compare", QT_TRANSLATE_NOOP("Actions", "Se&ttings"), "Alt+4",
     QT_TRANSLATE_NOOP("Actions", "Settings that differ"), ""},
    {Command::kShowCost, "&Compare", QT_TRANSLATE_NOOP("Actions", "C&ost"), "Alt+5",
     QT_TRANSLATE_NOOP("Actions", "Time, memory and storage"), ""},
    {Command::kShowConfusion, "&Compare", QT_TRANSLATE_NOOP("Actions", "Con&fusion"), "Alt+6",
     QT_TRANSLATE_NOOP("Actions", "Which labels are taken for which"), ""},
    {Command::kShowSlices, "&Compare", QT_TRANSLATE_NOOP("Actions", "Sl&ices"), "Alt+7",
     QT_TRANSLATE_NOOP("Actions", "Right answers by label and by length"), ""},
    {Command::kShowClaims, "&Compare", QT_TRANSLATE_NOOP("Actions", "Clai&ms"), "Alt+8",
     QT_TRANSLATE_NOOP("Actions", "What articles say, held against these runs"), ""},
    {Command::kStarExample, "-&Compare", QT_TRANSLATE_NOOP("Actions", "Star t&he example"), "S",
     QT_TRANSLATE_NOOP("Actions", "In the Examples tab: mark the selected example, or take the mark away"),
     "", true},
    {Command::kNoteExample, "&Compare", QT_TRANSLATE_NOOP("Actions", "Note on the e&xample…"), "N",
     QT_TRANSLATE_NOOP("Actions", "In the Examples tab: write a note on the selected example"), "", true},
    {Command::kNextExample, "-&Compare", QT_TRANSLATE_NOOP("Actions", "&Next example"), "J",
     QT_TRANSLATE_NOOP("Actions", "In the Examples tab: one row down"), "", true},
    {Command::kPreviousExample, "&Compare", QT_TRANSLATE_NOOP("Actions", "&Previous example"), "K",
     QT_TRANSLATE_NOOP("Actions", "In the Examples tab: one row up"), "", true},
    {Command::kBothRight, "&Compare", QT_TRANSLATE_NOOP("Actions", "Both &right"), "1",
     QT_TRANSLATE_NOOP("Actions", "In the Examples tab: what both methods got right"), "", true},
    {Command::kOnlyA, "&Compare", QT_TRANSLATE_NOOP("Actions", "Only &A right"), "2",
     QT_TRANSLATE_NOOP("Actions", "In the Examples tab: what only the first method got right"), "", true},
    {Command::kOnlyB, "&Compare", QT_TRANSLATE_NOOP("Actions", "On&ly B right"), "3",
     QT_TRANSLATE_NOOP("Actions", "In the Examples tab: what only the second method got right"), "", true},
    {Command::kBothWrong, "&Compare", QT_TRANSLATE_NOOP("Actions", "Both wron&g"), "4",
     QT_TRANSLATE_NOOP("Actions", "In the Examples tab: what both methods got wrong"), "", true},
    {Command::kHelp, QT_TRANSLATE_NOOP("Actions", "&Help"), QT_TRANSLATE_NOOP("Actions", "&How to read this"),
     "F1", QT_TRANSLATE_NOOP("Actions", "The words and pictures of Attune, explained"), "help"},
    {Command::kShortcuts, "&Help", QT_TRANSLATE_NOOP("Actions", "&Keyboard shortcuts"), "Ctrl+/",
     QT_TRANSLATE_NOOP("Actions", "All commands with their keys"), ""},
    {Command::kCopySystemInfo, "-&Help", QT_TRANSLATE_NOOP("Actions", "&Copy system info"), "",
     QT_TRANSLATE_NOOP("Actions", "Versions and system, for a bug report"), ""},
    {Command::kAbout, "&Help", QT_TRANSLATE_NOOP("Actions", "&About Attune"), "",
     QT_TRANSLATE_NOOP("Actions", "Version, licence, parts"), ""},
};

QString plainText(QString text) { return text.remove(QLatin1Char('&')).remove(QStringLiteral("…")); }

}  // namespace

QString plainActionText(const QAction& action) { return plainText(action.text()); }

Actions::Actions(QWidget* window) : QObject(window) {
  for (const Entry& entry : kEntries) {
    auto* action = new QAction(tr(entry.text), this);
    action->setObjectName(QStringLiteral("command%1").arg(static_cast<int>(entry.command)));
    action->setShortcut(QKeySequence(QLatin1String(entry.shortcut)));
    action->setStatusTip(tr(entry.tip));
    action->setToolTip(tr(entry.tip));
    action->setProperty("tip", tr(entry.tip));
    action->setProperty("iconName", QLatin1String(entry.icon));
    action->setShortcutContext(entry.local ? Qt::WidgetWithChildrenShortcut : Qt::WindowShortcut);
    if (entry.command == Command::kQuit) action->setMenuRole(QAction::QuitRole);
    if (entry.command == Command::kAbout) action->setMenuRole(QAction::AboutRole);
    byCommand_.insert(static_cast<int>(entry.command), action);
    all_.append(action);
    if (!entry.local) window->addAction(action);
  }
  updateIcons(window->palette());
}

QAction* Actions::get(Command command) const { return byCommand_.value(static_cast<int>(command)); }

QString Actions::menuOf(const QAction* action) const { return plainText(menuNames_.value(action)); }

void Actions::setEnabled(Command command, bool enabled, const QString& reason) {
  QAction* action = get(command);
  action->setEnabled(enabled);
  const QString tip = enabled || reason.isEmpty() ? action->property("tip").toString() : reason;
  action->setToolTip(tip);
  action->setStatusTip(tip);
}

void Actions::fill(QMenuBar& bar) {
  for (const Entry& entry : kEntries) {
    QString name = QLatin1String(entry.menu);
    const bool separated = name.startsWith(QLatin1Char('-'));
    if (separated) name.remove(0, 1);
    QMenu*& menu = menus_[name];
    if (menu == nullptr) {
      menu = bar.addMenu(tr(name.toUtf8().constData()));
      menu->setToolTipsVisible(true);
    }
    if (separated) menu->addSeparator();
    menu->addAction(get(entry.command));
    menuNames_.insert(get(entry.command), menu->title());
  }
}

QMenu* Actions::menu(const QString& name) const { return menus_.value(name); }

void Actions::adopt(QAction* action, QMenu* menu) {
  menu->addAction(action);
  menuNames_.insert(action, menu->title());
  all_.append(action);
}

void Actions::updateIcons(const QPalette& palette) {
  for (QAction* action : std::as_const(all_)) {
    action->setIcon(themedIcon(action->property("iconName").toString(), palette));
    action->setIconVisibleInMenu(false);
  }
}

}  // namespace attune
