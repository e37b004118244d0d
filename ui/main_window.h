#pragma once

#include <QMainWindow>
#include <optional>

#include "ui/context.h"
#include "ui/settings.h"
#include "ui/window_layout.h"

class QLabel;
class QMenu;

namespace attune {

class Actions;
class ActivityPane;
class ComparisonLoader;
class ComparisonPane;
class DatasetPane;
class ErrorView;
class Flows;
class RunPane;
class WelcomePage;

// Places the panes, the menus and the status bar. What the commands do is in Flows.
class MainWindow : public QMainWindow {
  Q_OBJECT

 public:
  struct Options {
    bool safeMode = false;
    std::optional<ThemeChoice> theme;  // instead of the stored one
  };
  MainWindow(Places places, const Options& options, QWidget* parent = nullptr);
  ~MainWindow() override;

  Context& context() { return *context_; }
  Actions& actions() { return *actions_; }
  Flows& flows() { return *flows_; }
  const Docks& docks() const { return docks_; }
  ErrorView& errors() { return *errors_; }
  void setTheme(ThemeChoice choice);

  // Closes without asking: what runs is put aside. For the end of the session and for signals.
  void closePuttingRunsAside();

 Q_SIGNALS:
  void closed();

 protected:
  void closeEvent(QCloseEvent* event) override;
  void changeEvent(QEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  QDockWidget* addDock(const QString& title, const QString& name, QWidget* pane);
  void buildMenus();
  void buildToolBar();
  void buildStatusBar();
  void connectView();
  void updateProject();
  void fillRecent();
  void copy();
  void find();
  void setBaseline();

  Settings settings_;
  Context* context_ = nullptr;
  Actions* actions_ = nullptr;
  ComparisonLoader* loader_;
  ErrorView* errors_;
  WelcomePage* welcome_;
  DatasetPane* data_;
  RunPane* runs_;
  ComparisonPane* compare_;
  ActivityPane* activity_;
  Flows* flows_;
  Docks docks_;
  QMenu* recent_ = nullptr;
  QLabel* activityText_ = nullptr;
  QLabel* projectText_ = nullptr;
  QByteArray layout_;  // of the panes while no project is open
  bool mayClose_ = false;
};

}  // namespace attune
