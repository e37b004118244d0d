#include <gtest/gtest.h>

#include <QAbstractButton>
#include <QAccessible>
#include <QAction>
#include <QCheckBox>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QImage>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSet>
#include <QTableView>
#include <QUrl>
#include <filesystem>

#include "core/base/text.h"
#include "core/data/import.h"
#include "core/method/catalog.h"
#include "core/run/dataset_store.h"
#include "core/run/make_study.h"
#include "tests/support/ui_fixture.h"
#include "ui/actions.h"
#include "ui/bases_dialog.h"
#include "ui/command_palette.h"
#include "ui/error_view.h"
#include "ui/flows.h"
#include "ui/help_dialogs.h"
#include "ui/import_dialog.h"
#include "ui/launch_dialog.h"
#include "ui/model/cell_table_model.h"
#include "ui/report_dialog.h"
#include "ui/widget/curve_plot.h"
#include "ui/widget/data_table.h"
#include "ui/widget/interval_plot.h"

namespace attune {
namespace {

using testing::eventually;

struct Window : ::testing::Test {
  QTemporaryDir folder;
  std::unique_ptr<MainWindow> window;

  void SetUp() override {
    window = std::make_unique<MainWindow>(testing::placesIn(folder.path()), testing::safeLight());
    window->show();
    testing::settle();
  }
  void openEmptyProject() {
    window->context().openProject(folder.filePath(QStringLiteral("p.attune")), OpenMode::kCreateOrOpen);
    ASSERT_TRUE(eventually([this] { return window->context().hasProject(); }));
    testing::settle();
  }
  void openSampleProject() {
    window->actions().get(Command::kTrySample)->trigger();
    ASSERT_TRUE(
        eventually([this] { return qobject_cast<LaunchDialog*>(window->flows().dialog()) != nullptr; }));
  }
};

// Visible widgets that take the keyboard but have no name, as "class objectName".
QStringList nameless(QWidget* root) {
  QStringList found;
  for (QWidget* widget : root->findChildren<QWidget*>()) {
    if (!widget->isVisible() || (widget->focusPolicy() & Qt::TabFocus) == 0 ||
        widget->focusProxy() != nullptr)
      continue;
    if (widget->objectName().startsWith(QLatin1String("qt_"))) continue;  // parts of Qt's own widgets
    QAccessibleInterface* access = QAccessible::queryAccessibleInterface(widget);
    if (access == nullptr || access->text(QAccessible::Name).isEmpty()) {
      found.append(QStringLiteral("%1 %2 in %3")
                       .arg(QLatin1String(widget->metaObject()->className()), widget->objectName(),
                            QLatin1String(widget->parentWidget()->metaObject()->className())));
    }
  }
  return found;
}

void expectNamed(QWidget* root) {
  const QStringList found = nameless(root);
  EXPECT_TRUE(found.isEmpty()) << found.join(QLatin1Char('\n')).toStdString();
}

TEST_F(Window, EveryCommandHasAMenuHomeAndAStatusTip) {
  for (const QAction* action : window->actions().all()) {
    EXPECT_FALSE(window->actions().menuOf(action).isEmpty()) << action->text().toStdString();
    EXPECT_FALSE(action->text().isEmpty());
  }
  EXPECT_GT(window->actions().all().size(), 40);
}

TEST_F(Window, NoShortcutIsGivenTwice) {
  QSet<QString> seen;
  for (const QAction* action : window->actions().all()) {
    for (const QKeySequence& keys : action->shortcuts()) {
      EXPECT_FALSE(seen.contains(keys.toString())) << keys.toString().toStdString();
      seen.insert(keys.toString());
    }
  }
}

TEST_F(Window, DisabledCommandsSayWhy) {
  for (const QAction* action : window->actions().all()) {
    if (action->isEnabled() || action->property("tip").toString().isEmpty()) continue;
    EXPECT_NE(action->toolTip(), action->property("tip").toString()) << action->text().toStdString();
  }
}

TEST_F(Window, StartsWithTheWelcomePageAndShowsPanesWithAProject) {
  auto* welcome = window->findChild<QWidget*>(QStringLiteral("welcome"));
  ASSERT_NE(welcome, nullptr);
  EXPECT_TRUE(welcome->isVisible());
  for (const QDockWidget* dock : window->docks().all()) EXPECT_FALSE(dock->isVisible());
  openEmptyProject();
  EXPECT_FALSE(welcome->isVisible());
  for (const QDockWidget* dock : window->docks().all())
    EXPECT_EQ(dock->isVisible(), dock != window->docks().playground) << dock->objectName().toStdString();
  window->actions().get(Command::kPlayground)->trigger();
  EXPECT_TRUE(window->docks().playground->isVisible());
  testing::settle();
  expectNamed(window.get());  // its tab among them
  window->actions().get(Command::kCloseProject)->trigger();
  EXPECT_TRUE(welcome->isVisible());
}

TEST_F(Window, EveryPaneHasAStableNameAndAPlaceInTheViewMenu) {
  QSet<QString> names;
  for (QDockWidget* dock : window->docks().all()) {
    EXPECT_FALSE(dock->objectName().isEmpty());
    names.insert(dock->objectName());
    EXPECT_EQ(window->actions().menuOf(dock->toggleViewAction()), QStringLiteral("View"));
  }
  EXPECT_EQ(names.size(), 5);
}

TEST_F(Window, LayoutsShowTheirPanes) {
  openEmptyProject();
  window->actions().get(Command::kLayoutData)->trigger();
  EXPECT_TRUE(window->docks().data->isVisible());
  EXPECT_FALSE(window->docks().compare->isVisible());
  window->actions().get(Command::kResetLayout)->trigger();
  EXPECT_TRUE(window->docks().compare->isVisible());
}

TEST_F(Window, LayoutIsRestoredAndACorruptOneGivesTheDefault) {
  openEmptyProject();
  applyLayout(*window, window->docks(), LayoutName::kRuns);
  const QByteArray good = window->saveState(kLayoutVersion);
  applyLayout(*window, window->docks(), LayoutName::kOverview);
  EXPECT_TRUE(restoreLayout(*window, window->docks(), window->saveGeometry(), good));
  EXPECT_FALSE(window->docks().data->isVisible());
  EXPECT_FALSE(restoreLayout(*window, window->docks(), QByteArray("garbage"), QByteArray("\x01garbage")));
  EXPECT_TRUE(window->docks().data->isVisible());
  EXPECT_FALSE(restoreLayout(*window, window->docks(), {}, window->saveState(kLayoutVersion + 1)));
}

TEST_F(Window, ThemeSwitchesAtOnceEverywhere) {
  openEmptyProject();
  const auto background = [this] {
    const QImage image = window->grab().toImage();
    return image.pixelColor(image.width() / 2, image.height() - 4).lightness();
  };
  window->setTheme(ThemeChoice::kLight);
  testing::settle();
  const int light = background();
  window->setTheme(ThemeChoice::kDark);
  testing::settle();
  EXPECT_LT(background(), 100);
  EXPECT_GT(light, 180);
  window->setTheme(ThemeChoice::kLight);
}

TEST_F(Window, PlotsFollowTheTheme) {
  IntervalPlot plot;
  plot.resize(700, 200);
  plot.setRows(intervalPlotRows(testing::smallComparison(), 0));
  CurvePlot curves(QStringLiteral("curves"), QStringLiteral("y"));
  curves.resize(300, 200);
  curves.setCurves({{QStringLiteral("A"), 1, {1, 2, 3}, {0.1, 0.2, 0.3}}});
  plot.show();
  curves.show();
  window->setTheme(ThemeChoice::kLight);
  testing::settle();
  EXPECT_GT(plot.grab().toImage().pixelColor(2, 198).lightness(), 200);
  EXPECT_GT(curves.grab().toImage().pixelColor(5, 5).lightness(), 200);
  window->setTheme(ThemeChoice::kDark);
  testing::settle();
  EXPECT_LT(plot.grab().toImage().pixelColor(2, 198).lightness(), 60);
  EXPECT_LT(curves.grab().toImage().pixelColor(5, 5).lightness(), 60);
  window->setTheme(ThemeChoice::kLight);
}

TEST_F(Window, PlotsAreChartsWithANameAndASpokenSummary) {
  IntervalPlot plot;
  plot.setRows(intervalPlotRows(testing::smallComparison(), 0));
  QAccessibleInterface* access = QAccessible::queryAccessibleInterface(&plot);
  ASSERT_NE(access, nullptr);
  EXPECT_EQ(access->role(), QAccessible::Chart);
  EXPECT_FALSE(access->text(QAccessible::Name).isEmpty());
  const QString spoken = access->text(QAccessible::Description);
  EXPECT_TRUE(spoken.startsWith(QStringLiteral("3 methods"))) << spoken.toStdString();
  EXPECT_TRUE(spoken.contains(QStringLiteral("best C"))) << spoken.toStdString();
}

TEST_F(Window, EverythingThatTakesTheKeyboardHasAName) {
  expectNamed(window.get());
  openEmptyProject();
  expectNamed(window.get());
  for (const auto& make :
       {std::function<QDialog*()>([this] { return makeAboutDialog(window.get()); }),
        std::function<QDialog*()>([this] { return makeHelpDialog(window.get()); }),
        std::function<QDialog*()>([this] { return makeShortcutsDialog(window->actions(), window.get()); }),
        std::function<QDialog*()>([this] { return new CommandPalette(window->actions(), window.get()); }),
        std::function<QDialog*()>(
            [this] { return new ReportDialog(window->context(), {1}, folder.path(), window.get()); })}) {
    const std::unique_ptr<QDialog> dialog(make());
    dialog->setAttribute(Qt::WA_DeleteOnClose, false);
    dialog->show();
    testing::settle();
    expectNamed(dialog.get());
  }
}

// A tick in a box is no reason for Return to cancel.
TEST_F(Window, TheReportDialogExportsOnReturnWhateverHasTheFocus) {
  openEmptyProject();
  ReportDialog dialog(window->context(), {1}, folder.path(), window.get());
  dialog.setAttribute(Qt::WA_DeleteOnClose, false);
  dialog.show();
  testing::settle();
  for (QCheckBox* box : dialog.findChildren<QCheckBox*>()) {
    box->click();
    box->setFocus(Qt::MouseFocusReason);
    testing::settle();
    for (const QPushButton* button : dialog.findChildren<QPushButton*>())
      EXPECT_EQ(button->isDefault(), button->text().contains(QStringLiteral("xport")))
          << box->text().toStdString() << ", " << button->text().toStdString();
  }
}

TEST_F(Window, PanesAndLaunchDialogOfTheSampleHaveNames) {
  openSampleProject();
  auto* dialog = qobject_cast<LaunchDialog*>(window->flows().dialog());
  testing::settle();
  expectNamed(dialog);
  for (QAbstractButton* button : dialog->findChildren<QAbstractButton*>()) {
    if (button->isCheckable() && button->text().contains(QStringLiteral("xpert"))) button->click();
  }
  testing::settle();
  expectNamed(dialog);
  dialog->reject();
  testing::settle();
  expectNamed(window.get());
}

TEST_F(Window, FitsASmallScreen) {
  openEmptyProject();
  EXPECT_LE(window->minimumSizeHint().width(), 1024);
  EXPECT_LE(window->minimumSizeHint().height(), 700);
}

TEST_F(Window, TabLeavesTablesAndTextEditors) {
  openEmptyProject();
  for (const QTableView* table : window->findChildren<QTableView*>()) {
    if (table->parentWidget()->inherits("QDialog")) continue;
    EXPECT_FALSE(table->tabKeyNavigation()) << table->accessibleName().toStdString();
  }
  for (const QPlainTextEdit* edit : window->findChildren<QPlainTextEdit*>()) {
    EXPECT_TRUE(edit->tabChangesFocus()) << edit->accessibleName().toStdString();
  }
}

TEST_F(Window, TheNextPaneKeyGoesRound) {
  openEmptyProject();
  window->activateWindow();
  QSet<QWidget*> visited;
  for (int i = 0; i < 4; ++i) {
    window->actions().get(Command::kNextPane)->trigger();
    for (QDockWidget* dock : window->docks().all()) {
      if (window->focusWidget() != nullptr && dock->isAncestorOf(window->focusWidget())) visited.insert(dock);
    }
  }
  EXPECT_EQ(visited.size(), 4);
}

TEST_F(Window, ThePaletteFindsACommandByAPartOfItsName) {
  CommandPalette palette(window->actions(), window.get());
  palette.findChild<QLineEdit*>()->setText(QStringLiteral("export rep"));
  ASSERT_NE(palette.current(), nullptr);
  EXPECT_EQ(palette.current(), window->actions().get(Command::kExportReport));
}

TEST_F(Window, TheListOfShortcutsIsMadeFromTheCommands) {
  const std::unique_ptr<QDialog> dialog(makeShortcutsDialog(window->actions(), window.get()));
  int expected = 0;
  for (const QAction* action : window->actions().all()) expected += action->shortcut().isEmpty() ? 0 : 1;
  EXPECT_EQ(dialog->findChild<DataTable*>()->model()->rowCount(), expected);
}

TEST_F(Window, DropsOfOtherFilesAreRefused) {
  const auto accepted = [this](const QString& path) {
    QMimeData mime;
    mime.setUrls({QUrl::fromLocalFile(path)});
    QDragEnterEvent event(QPoint(50, 50), Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
    event.ignore();
    QApplication::sendEvent(window.get(), &event);
    return event.isAccepted();
  };
  EXPECT_TRUE(accepted(QStringLiteral("/x/reviews.csv")));
  EXPECT_TRUE(accepted(QStringLiteral("/x/reviews.JSONL")));
  EXPECT_TRUE(accepted(QStringLiteral("/x/work.attune")));
  EXPECT_FALSE(accepted(QStringLiteral("/x/model.bin")));
}

TEST_F(Window, AProjectThatCannotBeOpenedIsAMessageNotACrash) {
  window->flows().openProject(folder.filePath(QStringLiteral("missing.attune")));
  ASSERT_TRUE(eventually([this] { return window->errors().isVisible(); }));
  EXPECT_FALSE(window->errors().accessibleDescription().isEmpty());
  EXPECT_FALSE(window->context().hasProject());
}

TEST_F(Window, RunsOfAnEarlierSessionAreOfferedAgain) {
  const QString path = folder.filePath(QStringLiteral("earlier.attune"));
  {
    Store store(path.toStdString(), OpenMode::kCreateOrOpen);
    const Result<ImportedDataset> imported = importDataset(testing::resourceFile("sample/messages.csv"));
    ASSERT_TRUE(imported);
    Study study;
    study.name = "earlier";
    study.dataset = saveDataset(store, *imported.value, imported.diagnostics);
    study.datasetHash = imported.value->dataset.hash();
    study.splitHash = imported.value->dataset.splitHash();
    study.methods = {{"majority", "Majority class", presetParams(methodInfo("majority"), "quick"), false}};
    const StudyId id = store.addStudy(study);
    store.addRuns(id, expand(study));
  }
  window->context().openProject(path, OpenMode::kOpen);
  ASSERT_TRUE(eventually([this] { return window->errors().isVisible(); }));
  EXPECT_EQ(window->errors().accessibleDescription(), QStringLiteral("1 run still waits."));
  for (QPushButton* button : window->errors().findChildren<QPushButton*>()) {
    if (button->text() == QLatin1String("Go on")) button->click();
  }
  EXPECT_FALSE(window->errors().isVisible());
  EXPECT_TRUE(eventually([this] {
    const auto& runs = window->context().view().runs;
    return runs.size() == 1 && runs.front().state == RunState::kFinished;
  }));
}

TEST_F(Window, TheSampleOpensTheLaunchDialogReadyToStart) {
  openSampleProject();
  auto* dialog = qobject_cast<LaunchDialog*>(window->flows().dialog());
  ASSERT_TRUE(eventually([dialog] { return dialog->isReady(); }, 20000));
  const Study study = dialog->studies().front();
  EXPECT_EQ(study.preset, "quick");
  EXPECT_EQ(study.methods.size(), chooseMethods({}, "quick").size());
  EXPECT_EQ(study.base.name, "bundled");
  EXPECT_EQ(study.datasetHash, window->context().view().datasets.front().hash);
  dialog->reject();
}

TEST_F(Window, AnExperimentIsPlannedInTheLaunchDialogAndStarted) {
  openSampleProject();
  window->flows().dialog()->reject();
  window->flows().compareMethods("data_efficiency");
  auto* dialog = qobject_cast<LaunchDialog*>(window->flows().dialog());
  ASSERT_NE(dialog, nullptr);
  ASSERT_TRUE(eventually([dialog] { return dialog->isReady(); }, 20000));
  const std::vector<Study> arms = dialog->studies();
  ASSERT_GE(arms.size(), 3U);
  EXPECT_EQ(arms.front().arm.experiment, "data_efficiency");
  EXPECT_EQ(arms.front().preset, "standard");
  EXPECT_TRUE(arms.front().arm.altered);
  EXPECT_FALSE(arms.back().arm.altered);
  EXPECT_EQ(arms.back().methods.size(), splitList(experimentInfo("data_efficiency").methods).size());
  // What an ordinary comparison answers is one.
  dialog->setExperiment("storage");
  ASSERT_EQ(dialog->studies().size(), 1U);
  EXPECT_TRUE(dialog->studies().front().arm.experiment.empty());
  // Its runs wait in the project under its name.
  dialog->setExperiment("forgetting");
  window->context().queue()->setPaused(true);
  const std::size_t runs = expand(dialog->studies().front()).size();
  dialog->accept();
  ASSERT_TRUE(eventually([&] { return window->context().view().runs.size() == runs; }, 10000));
  EXPECT_TRUE(window->context().view().studies.back().conditions.readsGeneral);
  EXPECT_TRUE(window->context().view().runs.front().spec.conditions.readsGeneral);
}

TEST_F(Window, TheBaseModelsPageListsAddsAndRemoves) {
  window->actions().get(Command::kBaseModels)->trigger();
  auto* page = window->findChild<BasesDialog*>();
  ASSERT_NE(page, nullptr);
  auto* table = page->findChild<DataTable*>();
  ASSERT_TRUE(eventually([&] { return table->model()->rowCount() == 1; }));
  EXPECT_EQ(table->model()->index(0, 0).data().toString(), QStringLiteral("bundled"));
  expectNamed(page);

  // A copy of the bundled model, by the way a drop takes.
  const QString copy = folder.filePath(QStringLiteral("my-model"));
  std::filesystem::copy(testing::resourceFile("base"), copy.toStdString(),
                        std::filesystem::copy_options::recursive);
  ASSERT_TRUE(BasesDialog::canTake(copy));
  window->flows().take(copy);
  ASSERT_TRUE(eventually([&] { return table->model()->rowCount() == 2; }, 20000));
  EXPECT_EQ(table->model()->index(1, 0).data().toString(), QStringLiteral("my-model"));

  // What cannot be opened is said in words, and nothing is listed.
  page->add(folder.path());
  const auto says = [&](const QString& part) {
    for (const QLabel* label : page->findChildren<QLabel*>())
      if (label->text().contains(part)) return true;
    return false;
  };
  EXPECT_TRUE(eventually([&] { return says(QStringLiteral("config.json is missing")); }));
  EXPECT_EQ(table->model()->rowCount(), 2);
  for (QPushButton* button : page->findChildren<QPushButton*>())
    if (button->text().contains(QStringLiteral("Remove"))) button->click();
  ASSERT_TRUE(eventually([&] { return table->model()->rowCount() == 1; }));
  EXPECT_TRUE(std::filesystem::exists((copy + QStringLiteral("/config.json")).toStdString()));
}

TEST(ImportDialog, GuessesTheColumnsAndShowsFindingsBeforeImporting) {
  QTemporaryDir folder;
  const QString path = folder.filePath(QStringLiteral("small.csv"));
  QFile file(path);
  ASSERT_TRUE(file.open(QIODevice::WriteOnly));
  file.write("id,comment,answer\n");
  for (int i = 0; i < 40; ++i) {
    file.write(QStringLiteral("%1,this is a longer remark number %1,%2\n")
                   .arg(i)
                   .arg(i % 2 == 0 ? "good" : "bad")
                   .toUtf8());
  }
  file.write("99,too,many,fields\n");
  file.close();
  Context context(testing::placesIn(folder.path()));
  ImportDialog dialog(context, path);
  dialog.show();
  ASSERT_TRUE(eventually([&] { return dialog.isReady(); }));
  EXPECT_EQ(dialog.options().textColumn, "comment");
  EXPECT_EQ(dialog.options().labelColumn, "answer");
  EXPECT_EQ(dialog.imported()->dataset.examples().size(), 40u);
  EXPECT_FALSE(dialog.diagnostics().empty())
      << "the row with too many fields is named before anything is stored";
  expectNamed(&dialog);
}

TEST(ImportDialog, RefusesAFileThatIsNoTableAndSaysWhy) {
  QTemporaryDir folder;
  const QString path = folder.filePath(QStringLiteral("empty.csv"));
  QFile file(path);
  ASSERT_TRUE(file.open(QIODevice::WriteOnly));
  file.close();
  Context context(testing::placesIn(folder.path()));
  ImportDialog dialog(context, path);
  dialog.show();
  ASSERT_TRUE(eventually([&] { return !dialog.diagnostics().empty(); }));
  EXPECT_FALSE(dialog.isReady());
}

}  // namespace
}  // namespace attune
