#pragma once

#include <QDialog>
#include <QObject>
#include <QPointer>
#include <functional>
#include <memory>
#include <vector>

#include "core/data/import.h"
#include "ui/actions.h"
#include "ui/context.h"

class QWidget;

namespace attune {

class BasesDialog;
class ComparisonLoader;
class ErrorView;
class Settings;

// What the commands do: open, import, launch, export, end runs. The window places panes, this starts the
// work.
class Flows : public QObject {
  Q_OBJECT

 public:
  struct Parts {
    Context& context;
    Actions& actions;
    Settings& settings;
    ErrorView& errors;
    ComparisonLoader& loader;
  };
  Flows(const Parts& parts, QWidget* window);

  void openProject(const QString& path);
  void importFile(const QString& path);
  void trySample();
  // Asks what shall be compared, or how an experiment of the catalog shall be done.
  void compareMethods(const std::string& experiment = {});
  // A dropped or passed file: a project is opened, anything else is imported.
  void take(const QString& path);
  static bool canTake(const QString& path);

  // Asks once when runs work or wait; `then` is called when they have ended, at once when they shall go on
  // later (closing the project puts them aside), not at all after Cancel.
  void endRunsThen(const std::function<void()>& then);

  // The one that is open; nullptr: none.
  QDialog* dialog() const { return dialog_ != nullptr && dialog_->isVisible() ? dialog_.data() : nullptr; }
  bool isAsking() const { return !question_.isNull(); }  // what shall happen to the runs

 private:
  void connectCommands();
  void updateCommands();
  void keepRunsThen(const std::function<void()>& then);
  void newProject();
  void chooseProject();
  void chooseImport();
  void saveImported(std::shared_ptr<const ImportedDataset> imported,
                    const std::vector<Diagnostic>& diagnostics);
  void baseModels(const QString& path = {});  // opens the page; a path is added
  void start(const std::vector<Study>& studies);
  void makeComparable();
  void addSeeds();
  void tryCure();
  void exportAdapter();
  void exportReport();
  void runAgain(const std::vector<RunId>& runs);
  void offerLeftOver(int interrupted, int waiting);
  void open(QDialog* dialog);
  void whenIdle(const std::function<void()>& then);
  void finished(RunId run, RunState state);

  Parts parts_;
  Context& context_;
  QWidget* window_;
  QPointer<QDialog> dialog_;
  QPointer<QDialog> question_;
  QPointer<BasesDialog> bases_;
  std::function<void()> afterOpen_;
};

}  // namespace attune
