#include "ui/main_window.h"

#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QClipboard>
#include <QCloseEvent>
#include <QDockWidget>
#include <QFileInfo>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QMimeData>
#include <QStatusBar>
#include <QTimer>
#include <QToolBar>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/actions.h"
#include "ui/activity_pane.h"
#include "ui/comparison_loader.h"
#include "ui/comparison_pane.h"
#include "ui/dataset_pane.h"
#include "ui/error_view.h"
#include "ui/flows.h"
#include "ui/playground_pane.h"
#include "ui/run_pane.h"
#include "ui/text.h"
#include "ui/welcome_page.h"
#include "ui/widget/data_table.h"

namespace attune {

namespace {
constexpr int kMessageMilliseconds = 8000;
}

MainWindow::MainWindow(Places places, const Options& options, QWidget* parent)
    : QMainWindow(parent), settings_(options.safeMode) {
  setObjectName(QStringLiteral("mainWindow"));
  setAcceptDrops(true);
  setContextMenuPolicy(Qt::NoContextMenu);
  setDockOptions(QMainWindow::AnimatedDocks | QMainWindow::AllowNestedDocks | QMainWindow::AllowTabbedDocks);
  applyTheme(*qApp, options.theme.value_or(settings_.theme()));
  context_ = new Context(std::move(places), this);
  actions_ = new Actions(this);
  loader_ = new ComparisonLoader(*context_, this);
  errors_ = new ErrorView;
  flows_ = new Flows({*context_, *actions_, settings_, *errors_, *loader_}, this);
  welcome_ = new WelcomePage(*actions_);
  setCentralWidget(welcome_);
  data_ = new DatasetPane(*context_, *actions_);
  runs_ = new RunPane(*context_, *actions_);
  compare_ = new ComparisonPane(*context_, *loader_, *actions_);
  activity_ = new ActivityPane(*context_, *actions_);
  docks_.data = addDock(tr("Data"), QStringLiteral("dockData"), data_);
  docks_.runs = addDock(tr("Runs"), QStringLiteral("dockRuns"), runs_);
  connect(compare_, &ComparisonPane::experimentRequested, this,
          [this](const QString& name) { flows_->compareMethods(fromQt(name)); });
  docks_.compare = addDock(tr("Compare"), QStringLiteral("dockCompare"), compare_);
  docks_.activity = addDock(tr("Activity"), QStringLiteral("dockActivity"), activity_);
  docks_.playground =
      addDock(tr("Playground"), QStringLiteral("dockPlayground"), new PlaygroundPane(*context_, *actions_));
  buildMenus();
  buildToolBar();
  buildStatusBar();
  connectView();
  if (restoreLayout(*this, docks_, settings_.geometry(), settings_.layout()))
    layout_ = saveState(kLayoutVersion);
  updateProject();
  welcome_->setFocus();
}

MainWindow::~MainWindow() = default;

QDockWidget* MainWindow::addDock(const QString& title, const QString& name, QWidget* pane) {
  auto* dock = new QDockWidget(title, this);
  dock->setObjectName(name);
  dock->setAccessibleName(title);
  pane->setAccessibleName(title);
  dock->setWidget(pane);
  return dock;
}

void MainWindow::buildMenus() {
  // Menu bar and message bar in one, so that messages lie above all panes.
  auto* top = new QWidget;
  auto* column = new QVBoxLayout(top);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  auto* bar = new QMenuBar;
  column->addWidget(bar);
  column->addWidget(errors_);
  setMenuWidget(top);
  actions_->fill(*bar);
  QMenu* file = actions_->menu(QStringLiteral("&File"));
  recent_ = new QMenu(tr("Open &recent"), file);
  file->insertMenu(actions_->get(Command::kTrySample), recent_);
  connect(recent_, &QMenu::aboutToShow, this, &MainWindow::fillRecent);

  QMenu* view = actions_->menu(QStringLiteral("&View"));
  view->addSeparator();
  for (QDockWidget* dock : docks_.all()) {
    QAction* toggle = dock->toggleViewAction();
    toggle->setText(tr("Pane: %1").arg(dock->windowTitle()));
    toggle->setStatusTip(tr("Show or hide this pane"));
    actions_->adopt(toggle, view);
  }
  QMenu* theme = view->addMenu(tr("&Theme"));
  auto* group = new QActionGroup(this);
  const std::pair<ThemeChoice, QString> choices[] = {{ThemeChoice::kSystem, tr("Theme: &follow the system")},
                                                     {ThemeChoice::kLight, tr("Theme: &light")},
                                                     {ThemeChoice::kDark, tr("Theme: &dark")}};
  for (const auto& [choice, title] : choices) {
    auto* action = new QAction(title, group);
    action->setCheckable(true);
    action->setChecked(choice == settings_.theme());
    action->setData(static_cast<int>(choice));
    actions_->adopt(action, theme);
    connect(action, &QAction::triggered, this, [this, chosen = choice] { setTheme(chosen); });
  }
}

void MainWindow::buildToolBar() {
  auto* bar = addToolBar(tr("Tools"));
  bar->setObjectName(QStringLiteral("toolBar"));
  bar->setMovable(false);
  bar->setIconSize(QSize(18, 18));
  bar->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  bar->addAction(actions_->get(Command::kImportData));
  bar->addAction(actions_->get(Command::kCompareMethods));
  bar->addAction(actions_->get(Command::kStopKeep));
  bar->addSeparator();
  bar->addAction(actions_->get(Command::kExportReport));
  auto* space = new QWidget;
  space->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
  bar->addWidget(space);
  bar->addAction(actions_->get(Command::kPalette));
}

void MainWindow::buildStatusBar() {
  activityText_ = new QLabel;
  activityText_->setTextFormat(Qt::PlainText);
  projectText_ = new QLabel;
  projectText_->setTextFormat(Qt::PlainText);
  statusBar()->addPermanentWidget(activityText_);
  statusBar()->addPermanentWidget(projectText_);
  connect(context_, &Context::message, this,
          [this](const QString& text) { statusBar()->showMessage(text, kMessageMilliseconds); });
  connect(activity_, &ActivityPane::summaryChanged, activityText_, &QLabel::setText);
}

void MainWindow::connectView() {
  const auto on = [this](Command command, auto act) {
    connect(actions_->get(command), &QAction::triggered, this, act);
  };
  on(Command::kQuit, [this] { close(); });
  on(Command::kCopy, [this] { copy(); });
  const auto copyAs = [this](std::string (*write)(const ReportTable&)) {
    if (auto* table = qobject_cast<DataTable*>(QApplication::focusWidget())) {
      QApplication::clipboard()->setText(toQt(write(table->selectedTable())));
      statusBar()->showMessage(tr("Copied."), kMessageMilliseconds);
    }
  };
  on(Command::kCopyMarkdown, [copyAs] { copyAs(tableMarkdown); });
  on(Command::kCopyLatex, [copyAs] { copyAs(tableLatex); });
  on(Command::kFind, [this] { find(); });
  on(Command::kLayoutOverview, [this] { applyLayout(*this, docks_, LayoutName::kOverview); });
  on(Command::kLayoutData, [this] { applyLayout(*this, docks_, LayoutName::kData); });
  on(Command::kLayoutRuns, [this] { applyLayout(*this, docks_, LayoutName::kRuns); });
  on(Command::kLayoutCompare, [this] { applyLayout(*this, docks_, LayoutName::kCompare); });
  on(Command::kResetLayout, [this] {
    settings_.forgetLayout();
    applyLayout(*this, docks_, LayoutName::kOverview);
  });
  on(Command::kNextPane, [this] { focusNextPane(docks_, 1); });
  on(Command::kPreviousPane, [this] { focusNextPane(docks_, -1); });
  on(Command::kFullScreen, [this] { setWindowState(windowState() ^ Qt::WindowFullScreen); });
  on(Command::kPlayground, [this] {
    if (docks_.playground->isHidden() && docks_.compare->isVisible() && !docks_.playground->isFloating())
      tabifyDockWidget(docks_.compare, docks_.playground);
    docks_.playground->show();
    docks_.playground->raise();
    QTimer::singleShot(0, this, [this] { nameTabBars(*this); });
    if (QWidget* first = firstFocusable(docks_.playground)) first->setFocus();
  });
  on(Command::kSetBaseline, [this] { setBaseline(); });
  on(Command::kWhy, [this] { compare_->toggleWhy(); });
  const Command tabs[] = {Command::kShowSummary,  Command::kShowCurves, Command::kShowExamples,
                          Command::kShowSettings, Command::kShowCost,   Command::kShowConfusion,
                          Command::kShowSlices,   Command::kShowClaims};
  for (int i = 0; i < 8; ++i) {
    on(tabs[i], [this, i] {
      docks_.compare->show();
      docks_.compare->raise();
      compare_->showTab(i);
    });
  }
  connect(context_, &Context::projectOpened, this, &MainWindow::updateProject);
  connect(context_, &Context::projectClosed, this, &MainWindow::updateProject);
  connect(welcome_, &WelcomePage::openRequested, this,
          [this](const QString& path) { flows_->openProject(path); });
}

void MainWindow::updateProject() {
  const bool open = context_->hasProject();
  if (!open) {
    if (!docks_.compare->isHidden() || !docks_.data->isHidden()) {
      if (!welcome_->isVisibleTo(this)) layout_ = saveState(kLayoutVersion);
    }
    for (QDockWidget* dock : docks_.all()) dock->hide();
    welcome_->setRecent(settings_.recentProjects());
    welcome_->show();
    welcome_->setFocus();
  } else if (welcome_->isVisibleTo(this)) {
    welcome_->hide();
    if (layout_.isEmpty() || !restoreState(layout_, kLayoutVersion)) {
      applyLayout(*this, docks_, LayoutName::kOverview);
    }
    QTimer::singleShot(0, this, [this] { nameTabBars(*this); });
    if (QWidget* first = firstFocusable(data_)) first->setFocus();
  }
  for (QDockWidget* dock : docks_.all()) dock->toggleViewAction()->setEnabled(open);
  const QString name = QFileInfo(context_->projectPath()).fileName();
  setWindowTitle(open ? tr("%1 – Attune").arg(name) : tr("Attune"));
  setWindowFilePath(context_->projectPath());
  projectText_->setText(name);
  projectText_->setToolTip(context_->projectPath());
  actions_->get(Command::kPause)->setChecked(false);
}

void MainWindow::fillRecent() {
  recent_->clear();
  for (const QString& path : settings_.recentProjects()) {
    QAction* action = recent_->addAction(QFileInfo(path).completeBaseName());
    action->setToolTip(path);
    action->setStatusTip(path);
    action->setEnabled(QFileInfo::exists(path));
    connect(action, &QAction::triggered, this, [this, path] { flows_->openProject(path); });
  }
  if (recent_->isEmpty()) recent_->addAction(tr("No project yet"))->setEnabled(false);
  recent_->addSeparator();
  connect(recent_->addAction(tr("&Clear this list")), &QAction::triggered, this, [this] {
    settings_.clearRecentProjects();
    welcome_->setRecent({});
  });
}

void MainWindow::copy() {
  if (auto* table = qobject_cast<DataTable*>(QApplication::focusWidget())) {
    QApplication::clipboard()->setMimeData(table->copySelection());
    statusBar()->showMessage(tr("Copied as text and as HTML."), kMessageMilliseconds);
  }
}

void MainWindow::find() {
  const QWidget* focus = QApplication::focusWidget();
  if (focus != nullptr && compare_->isAncestorOf(focus)) {
    compare_->focusSearch();
  } else {
    docks_.data->show();
    docks_.data->raise();
    data_->focusSearch();
  }
}

void MainWindow::setBaseline() {
  const QWidget* focus = QApplication::focusWidget();
  QString title = focus != nullptr && runs_->isAncestorOf(focus) ? runs_->selectedConfiguration() : QString();
  if (title.isEmpty()) title = compare_->selectedMethod();
  if (title.isEmpty()) title = runs_->selectedConfiguration();
  if (!title.isEmpty()) context_->selection().setBaseline(title);
}

void MainWindow::setTheme(ThemeChoice choice) {
  settings_.setTheme(choice);
  applyTheme(*qApp, choice);
}

void MainWindow::closePuttingRunsAside() {
  mayClose_ = true;
  close();
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (!mayClose_ && context_->queue() != nullptr && !context_->queue()->isIdle()) {
    event->ignore();
    if (flows_->isAsking()) return;  // it has been asked already
    flows_->endRunsThen([this] {
      mayClose_ = true;
      close();
    });
    return;
  }
  settings_.setLayout(saveGeometry(), context_->hasProject() ? saveState(kLayoutVersion) : layout_);
  context_->closeProject();
  event->accept();
  Q_EMIT closed();
}

void MainWindow::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange && actions_ != nullptr) actions_->updateIcons(palette());
  QMainWindow::changeEvent(event);
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  const QList<QUrl> urls = event->mimeData()->urls();
  const bool usable =
      urls.size() == 1 && urls.front().isLocalFile() && Flows::canTake(urls.front().toLocalFile());
  if (usable) {
    event->acceptProposedAction();
  } else if (!urls.isEmpty()) {
    statusBar()->showMessage(
        tr("Attune takes one file (.csv, .tsv, .txt, .jsonl, .json, .attune, .gguf) or one model folder."),
        kMessageMilliseconds);
  }
}

void MainWindow::dropEvent(QDropEvent* event) {
  const QList<QUrl> urls = event->mimeData()->urls();
  if (urls.isEmpty()) return;
  event->acceptProposedAction();
  flows_->take(urls.front().toLocalFile());
}

}  // namespace attune
