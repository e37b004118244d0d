// Row 2 of the fault matrix for the window itself: without a display it works through a project's queue, is
// killed at any moment, and offers at the next start what was interrupted.

#include <QApplication>
#include <QPushButton>
#include <QTemporaryDir>

#include "tests/faults/storm.h"
#include "tests/support/ui_fixture.h"
#include "ui/error_view.h"
#include "ui/widget/chart_access.h"

namespace attune::faults {
namespace {

using testing::eventually;

// The window as a user has it: opens the project, presses "Go on" where that is offered, and closes when
// every run has ended.
int showWindow(QApplication& application, const char* project) {
  const QTemporaryDir folder;
  Places places = testing::placesIn(folder.path());
  places.queue = worker();
  places.queue.workers = 2;
  places.queue.workerProgram = ATTUNE_CLI;
  MainWindow window(places, testing::safeLight());
  window.show();
  window.context().openProject(QString::fromUtf8(project), OpenMode::kOpen);
  const auto& runs = window.context().view().runs;
  const bool ended = eventually(
      [&] {
        for (QPushButton* button : window.errors().findChildren<QPushButton*>())
          if (button->isVisible() && button->text() == QLatin1String("Go on")) button->click();
        return !runs.empty() && std::all_of(runs.begin(), runs.end(), [](const attune::Run& run) {
          return isEnded(run.state) && run.state != RunState::kInterrupted;
        });
      },
      120000);
  window.close();
  application.processEvents();
  return ended ? 0 : 3;
}

}  // namespace

TEST(KillStorm, Row2TheWindowDiesAndItsWorkersPutTheirRunsAside) {
  killPrograms("row 2, the window", blows("ATTUNE_KILLS", 40) / 2, [](const SmallProject& project) {
    cli::Options options;
    options.seconds = 150;
    options.program = "/proc/self/exe";
    options.environment["QT_QPA_PLATFORM"] = "offscreen";
    return std::make_unique<cli::Child>(std::vector<std::string>{"--window", project.path()}, options);
  });
}

}  // namespace attune::faults

int main(int argc, char** argv) {
  if (argc == 3 && std::string(argv[1]) == "--window") {
    QApplication application(argc, argv);
    attune::installChartAccess();
    return attune::faults::showWindow(application, argv[2]);
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
