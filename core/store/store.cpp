#include "core/store/store.h"

#include <string_view>

#include "core/base/error.h"
#include "core/store/dataset_table.h"
#include "core/store/query.h"
#include "core/store/run_events.h"
#include "core/store/run_state.h"
#include "core/store/run_table.h"
#include "core/store/schema.h"
#include "core/store/series.h"
#include "core/store/study_table.h"

namespace attune {

struct Store::Impl {
  Database database;
};

Store::Store(const std::string& path, OpenMode mode) : impl_(new Impl{openProject(path, mode)}) {}
Store::~Store() = default;
Store::Store(Store&&) noexcept = default;

const std::string& Store::path() const { return impl_->database.path(); }
bool Store::isReadOnly() const { return impl_->database.isReadOnly(); }

std::string Store::filesFolder() const {
  constexpr std::string_view kSuffix = ".attune";
  std::string_view name = path();
  if (name.ends_with(kSuffix)) name.remove_suffix(kSuffix.size());
  return std::string(name) + ".files";
}

std::vector<std::string> Store::checkIntegrity() {
  std::vector<std::string> findings;
  Database& database = impl_->database;
  try {
    const Snapshot snapshot(database);
    Query pages(database, "PRAGMA integrity_check");
    while (pages.next())
      if (pages.text(0) != "ok") findings.push_back(pages.text(0));
    Query links(database, "PRAGMA foreign_key_check");
    while (links.next())
      findings.push_back("a row of " + links.text(0) + " belongs to a row of " + links.text(2) +
                         " that does not exist");
    Query artifacts(database, "SELECT run_id, path FROM artifacts");
    while (artifacts.next())
      if (!isInsideFolder(artifacts.text(1)))
        findings.push_back("a file of run " + artifacts.text(0) + " leads out of the project's folder: '" +
                           artifacts.text(1) + "'");
  } catch (const Error& problem) {
    findings.push_back(problem.what());
  }
  return findings;
}

DatasetId Store::addDataset(const DatasetRecord& record, const std::vector<StoredExample>& examples) {
  return attune::addDataset(impl_->database, record, examples);
}
std::vector<DatasetRecord> Store::datasets() { return loadDatasets(impl_->database); }
DatasetRecord Store::dataset(DatasetId id) { return loadDataset(impl_->database, id); }
std::optional<DatasetRecord> Store::findDataset(const std::string& nameOrHash) {
  return attune::findDataset(impl_->database, nameOrHash);
}
std::vector<StoredExample> Store::examples(DatasetId id, const std::string& split) {
  return loadExamples(impl_->database, id, split);
}

StudyId Store::addStudy(const Study& study) { return attune::addStudy(impl_->database, study); }
std::vector<Study> Store::studies() { return loadStudies(impl_->database); }
Study Store::study(StudyId id) { return loadStudy(impl_->database, id); }
std::vector<RunId> Store::addRuns(StudyId study, const std::vector<RunSpec>& specs) {
  return attune::addRuns(impl_->database, study, specs);
}
std::int64_t Store::testOpenings(const std::string& splitHash) {
  return countTestOpenings(impl_->database, splitHash);
}

std::vector<Run> Store::runs(StudyId study) { return loadRuns(impl_->database, study); }
std::vector<Run> Store::allRuns() { return loadAllRuns(impl_->database); }
Run Store::run(RunId id) { return loadRun(impl_->database, id); }
std::vector<RunId> Store::queuedRuns() { return loadQueuedRuns(impl_->database); }

bool Store::changeState(RunId id, RunState from, RunState to, const std::string& reason) {
  return changeRunState(impl_->database, id, from, to, reason);
}
bool Store::claim(RunId id, const RunOwner& owner) { return claimRun(impl_->database, id, owner); }
std::vector<RunId> Store::markInterrupted() { return markInterruptedRuns(impl_->database); }
void Store::apply(RunId id, const RunEvent& event) { applyEvent(impl_->database, id, event); }

void Store::appendSteps(RunId id, const std::vector<RunStep>& steps) {
  attune::appendSteps(impl_->database, id, steps);
}
std::vector<RunStep> Store::steps(RunId id) { return loadSteps(impl_->database, id); }
std::vector<RunScored> Store::validationCurve(RunId id) { return loadValidationCurve(impl_->database, id); }
std::vector<Prediction> Store::predictions(RunId id, const std::string& split) {
  return loadPredictions(impl_->database, id, split);
}

std::map<std::int64_t, ExampleMark> Store::marks(DatasetId id) { return loadMarks(impl_->database, id); }

void Store::setMark(DatasetId id, std::int64_t row, const ExampleMark& mark) {
  attune::setMark(impl_->database, id, row, mark);
}

std::vector<std::string> Store::predictionNames(RunId id) { return loadPredictionNames(impl_->database, id); }

std::optional<std::string> Store::setting(const std::string& name) {
  Query query(impl_->database, "SELECT value FROM settings WHERE name = ?", name);
  if (!query.next()) return std::nullopt;
  return query.text(0);
}

void Store::setSetting(const std::string& name, const std::string& value) {
  Transaction transaction(impl_->database);
  Query(impl_->database, "INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", name, value).run();
  transaction.commit();
}

}  // namespace attune
