#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>

#include "ui/theme.h"

class QWidget;

namespace attune {

// What is remembered for the person, not for the project. Stored in QSettings, so application and
// organisation names must be set before. UI thread only.
class Settings {
 public:
  // Safe mode: nothing stored is read or written.
  explicit Settings(bool safeMode = false) : safeMode_(safeMode) {}

  ThemeChoice theme() const;
  void setTheme(ThemeChoice choice);

  QByteArray geometry() const;
  QByteArray layout() const;
  void setLayout(const QByteArray& geometry, const QByteArray& layout);
  void forgetLayout();

  // The newest ten projects, newest first.
  QStringList recentProjects() const;
  void addRecentProject(const QString& path);
  void clearRecentProjects();

  // The folder last used for `purpose` ("import", "export", "project").
  QString folder(const QString& purpose) const;
  void setFolder(const QString& purpose, const QString& folder);

 private:
  bool safeMode_;
};

}  // namespace attune
