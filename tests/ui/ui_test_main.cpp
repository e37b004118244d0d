#include <gtest/gtest.h>

#include <QApplication>
#include <QDir>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QThreadPool>

#include "ui/widget/chart_access.h"

// One application for all tests of the window, without a display and with settings of its own.
int main(int argc, char** argv) {
  if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
  const QTemporaryDir home;
  qputenv("XDG_CONFIG_HOME", (home.path() + QStringLiteral("/config")).toUtf8());
  qputenv("XDG_DATA_HOME", (home.path() + QStringLiteral("/data")).toUtf8());
  qputenv("XDG_CACHE_HOME", (home.path() + QStringLiteral("/cache")).toUtf8());
  QCoreApplication::setOrganizationName(QStringLiteral("AttuneTest"));
  QCoreApplication::setApplicationName(QStringLiteral("AttuneTest"));
  QCoreApplication::setApplicationVersion(QStringLiteral("0"));
  QApplication application(argc, argv);
  attune::installChartAccess();
  ::testing::InitGoogleTest(&argc, argv);
  const int result = RUN_ALL_TESTS();
  QThreadPool::globalInstance()->waitForDone();
  return result;
}
