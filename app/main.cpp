#include <QApplication>
#include <QCommandLineParser>
#include <QStandardPaths>
#include <QThreadPool>
#include <QTimer>

#include "app/services.h"
#include "app/signal_watch.h"
#include "ui/flows.h"
#include "ui/main_window.h"
#include "ui/text.h"
#include "ui/widget/chart_access.h"

namespace {

// After a signal the runs have this long to be kept; then they count as interrupted.
constexpr int kMillisecondsToEnd = 5000;

// Everything that settings and windows take their names from, before the first of them.
void setIdentity() {
  QCoreApplication::setOrganizationName(QStringLiteral("Attune"));
  QCoreApplication::setApplicationName(QStringLiteral("Attune"));
  QCoreApplication::setApplicationVersion(QStringLiteral(ATTUNE_VERSION));
  QGuiApplication::setDesktopFileName(QStringLiteral("io.attune.attune"));
}

}  // namespace

int main(int argc, char** argv) {
  setIdentity();
  QApplication application(argc, argv);
  QCommandLineParser parser;
  parser.setApplicationDescription(QCoreApplication::translate(
      "main", "Compare ways of tuning a language model on your own labelled data."));
  parser.addHelpOption();
  parser.addVersionOption();
  const QCommandLineOption safeMode(
      QStringLiteral("safe-mode"), QCoreApplication::translate("main", "Ignore stored layout and settings."));
  const QCommandLineOption project(QStringLiteral("project"),
                                   QCoreApplication::translate("main", "Open this project."),
                                   QStringLiteral("FILE"));
  const QCommandLineOption theme(
      QStringLiteral("theme"), QCoreApplication::translate("main", "Use this theme: system, light or dark."),
      QStringLiteral("NAME"));
  parser.addOptions({safeMode, project, theme});
  parser.addPositionalArgument(QStringLiteral("file"),
                               QCoreApplication::translate("main", "A project to open or data to import."),
                               QStringLiteral("[file…]"));
  parser.process(application);

  attune::installChartAccess();
  attune::Places places;
  places.projectsFolder = QStandardPaths::writableLocation(QStandardPaths::AppDataLocation);
  places.sampleFile = attune::sampleFile();
  places.bundledBase = attune::bundledBase();
  places.queue.workerProgram = attune::findWorkerProgram();
  places.queue.inProcess = places.queue.workerProgram.empty();
  attune::MainWindow::Options options;
  options.safeMode = parser.isSet(safeMode);
  if (parser.isSet(theme)) options.theme = attune::themeFromName(parser.value(theme));

  int result = 0;
  {
    attune::MainWindow window(places, options);
    const attune::SignalWatch signalWatch([&window] {
      window.closePuttingRunsAside();
      QTimer::singleShot(kMillisecondsToEnd, &window, [] { QCoreApplication::quit(); });
    });
    QObject::connect(&application, &QGuiApplication::commitDataRequest, &window,
                     [&window] { window.closePuttingRunsAside(); });
    window.show();
    QStringList files = parser.positionalArguments();
    if (parser.isSet(project)) files.prepend(parser.value(project));
    if (!files.isEmpty()) {
      QTimer::singleShot(0, &window, [&window, file = files.front()] { window.flows().take(file); });
    }
    result = QApplication::exec();
  }
  QThreadPool::globalInstance()->waitForDone();  // background work ends before the application does
  return result;
}
