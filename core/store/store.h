#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/id.h"
#include "core/base/result.h"
#include "core/study/dataset_record.h"
#include "core/study/run.h"
#include "core/study/run_event.h"
#include "core/study/study.h"

namespace attune {

enum class OpenMode {
  kCreateOrOpen,
  kOpen,      // the file must exist
  kReadOnly,  // nothing is written, not even a migration
};

// Who works on a run. A process is gone when the computer was restarted (boot id), when there is no such
// process, or when the process of that number started at another time.
struct RunOwner {
  std::string bootId;
  std::int64_t pid = 0;
  std::int64_t processStart = 0;  // clock ticks since boot, field 22 of /proc/PID/stat

  static RunOwner thisProcess();
  bool isAlive() const;
};

// A project file (SQLite, `NAME.attune`) in domain words; the only place with SQL. One object a thread; any
// number of objects, also in other processes, may be open on one file. Every write is one BEGIN IMMEDIATE
// transaction; a busy file is waited for up to 5 s. All functions may block on the disk.
// Throws Error(kInvalidInput) for a file that is no project or is damaged, Error(kUnsupported) for one of a
// newer version, Error(kNotFound) for ids and names that do not exist, Error(kIo).
class Store {
 public:
  Store(const std::string& path, OpenMode mode);
  ~Store();
  Store(Store&&) noexcept;

  const std::string& path() const;
  bool isReadOnly() const;
  // "NAME.files" beside "NAME.attune": where artefacts lie. Made on first use by those who write there.
  std::string filesFolder() const;
  // Empty: intact. Else what SQLite's integrity check says.
  std::vector<std::string> checkIntegrity();

  // Datasets. Adding one whose hash and split hash are already there returns the id it has.
  DatasetId addDataset(const DatasetRecord& record, const std::vector<StoredExample>& examples);
  std::vector<DatasetRecord> datasets();
  DatasetRecord dataset(DatasetId id);
  std::optional<DatasetRecord> findDataset(const std::string& nameOrHash);  // the newest of that name
  // In order of `row`; all splits when `split` is empty.
  std::vector<StoredExample> examples(DatasetId id, const std::string& split = {});

  // What was noted about examples, by row. An empty mark takes it away.
  std::map<std::int64_t, ExampleMark> marks(DatasetId id);
  void setMark(DatasetId id, std::int64_t row, const ExampleMark& mark);

  // Studies and their runs.
  StudyId addStudy(const Study& study);
  std::vector<Study> studies();  // newest last
  Study study(StudyId id);
  // One run a spec, in this order. A spec whose key already has a finished, queued or working run is linked
  // to that run instead of being run again; an interrupted, failed or cancelled one is queued again.
  std::vector<RunId> addRuns(StudyId study, const std::vector<RunSpec>& specs);
  std::vector<Run> runs(StudyId study);  // in the order they were added
  std::vector<Run> allRuns();
  Run run(RunId id);
  std::vector<RunId> queuedRuns();

  // Compare-and-set: false when the run is not in state `from` (somebody else was faster) or the change is
  // not allowed (mayChange). To queued: what the run left behind is cleared. To starting: owned by this
  // process.
  bool changeState(RunId id, RunState from, RunState to, const std::string& reason = {});
  // queued -> starting for this owner. False when somebody else was faster.
  bool claim(RunId id, const RunOwner& owner);
  // Starting and running runs whose owner is gone become interrupted; returns them.
  std::vector<RunId> markInterrupted();

  // Writes what the event says: state, phase, scores, predictions, artefacts, cost. Steps go through
  // appendSteps, in batches. Both throw Error(kConflict) and write nothing when nobody works on the run (it
  // is neither starting nor running): what a worker says too late must not be mixed with what came since.
  // Ending a run again in the way it has ended changes nothing.
  void apply(RunId id, const RunEvent& event);
  void appendSteps(RunId id, const std::vector<RunStep>& steps);

  std::vector<RunStep> steps(RunId id);
  std::vector<RunScored> validationCurve(RunId id);
  std::vector<Prediction> predictions(RunId id, const std::string& split);
  // Under which names answers of the run are stored: of splits, and of what its Conditions ask.
  std::vector<std::string> predictionNames(RunId id);

  // How often the test split of a dataset was opened: one per study that has test scores on it.
  std::int64_t testOpenings(const std::string& splitHash);

  // Small settings kept with the project (window layout, column widths).
  std::optional<std::string> setting(const std::string& name);
  void setSetting(const std::string& name, const std::string& value);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace attune
