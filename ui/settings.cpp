#include "ui/settings.h"

#include <QFileInfo>
#include <QSettings>
#include <QStandardPaths>

namespace attune {

namespace {
constexpr int kMaxRecent = 10;
}

ThemeChoice Settings::theme() const {
  if (safeMode_) return ThemeChoice::kSystem;
  return themeFromName(QSettings().value(QStringLiteral("theme"), QStringLiteral("system")).toString());
}

void Settings::setTheme(ThemeChoice choice) {
  if (!safeMode_) QSettings().setValue(QStringLiteral("theme"), themeName(choice));
}

QByteArray Settings::geometry() const {
  return safeMode_ ? QByteArray() : QSettings().value(QStringLiteral("window/geometry")).toByteArray();
}

QByteArray Settings::layout() const {
  return safeMode_ ? QByteArray() : QSettings().value(QStringLiteral("window/layout")).toByteArray();
}

void Settings::setLayout(const QByteArray& geometry, const QByteArray& layout) {
  if (safeMode_) return;
  QSettings settings;
  settings.setValue(QStringLiteral("window/geometry"), geometry);
  settings.setValue(QStringLiteral("window/layout"), layout);
}

void Settings::forgetLayout() {
  if (!safeMode_) QSettings().remove(QStringLiteral("window"));
}

QStringList Settings::recentProjects() const {
  return safeMode_ ? QStringList() : QSettings().value(QStringLiteral("recent")).toStringList();
}

void Settings::addRecentProject(const QString& path) {
  if (safeMode_) return;
  QStringList recent = recentProjects();
  recent.removeAll(path);
  recent.prepend(path);
  while (recent.size() > kMaxRecent) recent.removeLast();
  QSettings().setValue(QStringLiteral("recent"), recent);
}

void Settings::clearRecentProjects() {
  if (!safeMode_) QSettings().remove(QStringLiteral("recent"));
}

QString Settings::folder(const QString& purpose) const {
  const QString home = QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation);
  if (safeMode_) return home;
  const QString stored = QSettings().value(QStringLiteral("folder/") + purpose).toString();
  return !stored.isEmpty() && QFileInfo(stored).isDir() ? stored : home;
}

void Settings::setFolder(const QString& purpose, const QString& folder) {
  if (!safeMode_) QSettings().setValue(QStringLiteral("folder/") + purpose, folder);
}

}  // namespace attune
