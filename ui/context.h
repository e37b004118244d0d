#pragma once

#include <QObject>
#include <QString>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/run/base_library.h"
#include "core/run/run_queue.h"
#include "core/store/store.h"
#include "ui/background.h"
#include "ui/live_runs.h"
#include "ui/run_bridge.h"
#include "ui/selection.h"

namespace attune {

// Where things lie, found by the program's entry point.
struct Places {
  QString projectsFolder;   // new projects go here
  std::string sampleFile;   // sample/messages.csv; empty: not installed
  std::string bundledBase;  // the model folder called "bundled"; empty: not installed
  std::string basesFile;    // the user's list of base models; empty: the usual place
  RunQueueOptions queue;

  BaseLibrary baseLibrary() const {
    return basesFile.empty() ? BaseLibrary::ofUser(bundledBase) : BaseLibrary(basesFile, bundledBase);
  }
};

// The project's content as the panes show it: a value read in the background.
struct ProjectView {
  std::vector<DatasetRecord> datasets;
  std::vector<Study> studies;
  std::vector<Run> runs;  // of the selected study
  StudyId runsOf;
};

// What every pane is given: the open project, its queue, what is selected, what is going on. UI thread only.
// The project file itself is touched by background work alone, each piece with a Store of its own.
class Context : public QObject {
  Q_OBJECT

 public:
  explicit Context(Places places, QObject* parent = nullptr);
  ~Context() override;

  const Places& places() const { return places_; }
  Selection& selection() { return selection_; }
  LiveRuns& live() { return live_; }
  const ProjectView& view() const { return view_; }
  const DatasetRecord* dataset(DatasetId id) const;
  const Study* study(StudyId id) const;
  const Run* run(RunId id) const;

  bool hasProject() const { return !path_.isEmpty(); }
  const QString& projectPath() const { return path_; }
  std::string storePath() const;
  RunQueue* queue() { return queue_.get(); }  // nullptr without a project

  // Opens (or makes) a project file; projectOpened or failed follows.
  void openProject(const QString& path, OpenMode mode);
  void closeProject();
  // A new name in the folder of projects: "Sample.attune", "Sample 2.attune", …
  QString freshProjectPath(const QString& name) const;

  // Reads the project again; any number of calls while one is under way end in one more.
  void reload();
  // Gives queued runs to the queue.
  void submit(const std::vector<RunId>& runs);

  template <typename Work, typename Done>
  void inBackground(QObject* guard, Work work, Done done) {
    attune::inBackground(guard, std::move(work), std::move(done),
                         [this](const Failure& failure) { Q_EMIT failed(failure); });
  }
  // Work on the open project with a Store of its own.
  template <typename Work, typename Done>
  void withStore(QObject* guard, Work work, Done done) {
    inBackground(
        guard,
        [path = storePath(), work = std::move(work)]() mutable {
          Store store(path, OpenMode::kOpen);
          return work(store);
        },
        std::move(done));
  }

 Q_SIGNALS:
  void projectOpened();
  void projectClosed();
  void viewChanged();
  void leftOverFound(int interrupted, int waiting);  // after opening: runs of an earlier session
  void failed(const attune::Failure& failure);
  void message(const QString& text);

 private:
  void opened(const QString& path);

  Places places_;
  Selection selection_;
  RunBridge bridge_;
  LiveRuns live_;
  ProjectView view_;
  QString path_;
  std::unique_ptr<RunQueue> queue_;  // after bridge_: it must go first
  bool loading_ = false;
  bool again_ = false;
};

}  // namespace attune
