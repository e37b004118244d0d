#include "core/store/study_table.h"

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/store/query.h"
#include "core/store/run_state.h"
#include "core/study/run.h"

namespace attune {
namespace {

#define ATTUNE_STUDY_COLUMNS "SELECT id, study, created_ms FROM studies "

Study readStudy(const Query& query) {
  const StudyId id{query.integer(0)};
  Study study = Study::fromJson(parseJson(query.text(1), "study " + std::to_string(id.value)));
  study.id = id;
  study.createdMs = query.integer(2);
  return study;
}

[[noreturn]] void unknownStudy(StudyId id) {
  throw Error(ErrorKind::kNotFound, "there is no study " + std::to_string(id.value) + " in this project");
}

// The run of this spec: the one that exists, queued again if its work is lost, or a new one.
RunId runOf(Database& database, const RunSpec& spec, std::int64_t nowMs) {
  const std::string key = spec.key();
  const std::string json = spec.toJson().dump();
  {
    Query known(database, "SELECT id, state FROM runs WHERE key = ?", key);
    if (known.next()) {
      const RunId id{known.integer(0)};
      const RunState state = runStateFromName(known.text(1));
      const bool isLost =
          state == RunState::kInterrupted || state == RunState::kFailed || state == RunState::kCancelled;
      if (isLost) {
        queueAgain(database, id);
        // Equal keys may differ in where the base model lies; the newest place is the right one.
        Query(database, "UPDATE runs SET spec = ? WHERE id = ?", json, id).run();
      }
      return id;
    }
  }
  Query(database,
        "INSERT INTO runs (key, split_hash, spec, state, created_ms, sequence) "
        "VALUES (?, ?, ?, 'queued', ?, (SELECT coalesce(max(sequence), 0) + 1 FROM runs))",
        key, spec.splitHash, json, nowMs)
      .run();
  return {database.lastId()};
}

}  // namespace

StudyId addStudy(Database& database, const Study& study) {
  Transaction transaction(database);
  if (study.dataset)
    if (Query known(database, "SELECT 1 FROM datasets WHERE id = ?", study.dataset); !known.next())
      throw Error(ErrorKind::kNotFound,
                  "there is no dataset " + std::to_string(study.dataset.value) + " in this project");
  Study stored = study;
  if (stored.createdMs == 0) stored.createdMs = utcMilliseconds();
  Query(database,
        "INSERT INTO studies (name, dataset_id, split_hash, created_ms, study) VALUES (?, nullif(?, 0), ?, "
        "?, '')",
        stored.name, stored.dataset, stored.splitHash, stored.createdMs)
      .run();
  stored.id = {database.lastId()};
  Query(database, "UPDATE studies SET study = ? WHERE id = ?", stored.toJson().dump(), stored.id).run();
  transaction.commit();
  return stored.id;
}

std::vector<Study> loadStudies(Database& database) {
  std::vector<Study> studies;
  Query query(database, ATTUNE_STUDY_COLUMNS "ORDER BY id");
  while (query.next()) studies.push_back(readStudy(query));
  return studies;
}

Study loadStudy(Database& database, StudyId id) {
  Query query(database, ATTUNE_STUDY_COLUMNS "WHERE id = ?", id);
  if (!query.next()) unknownStudy(id);
  return readStudy(query);
}

std::vector<RunId> addRuns(Database& database, StudyId study, const std::vector<RunSpec>& specs) {
  Transaction transaction(database);
  if (Query known(database, "SELECT 1 FROM studies WHERE id = ?", study); !known.next()) unknownStudy(study);
  const std::int64_t nowMs = utcMilliseconds();
  std::vector<RunId> ids;
  ids.reserve(specs.size());
  // A run that is already linked keeps its place and is not counted twice.
  Query link(database,
             "INSERT OR IGNORE INTO study_runs (study_id, position, run_id) "
             "VALUES (?1, (SELECT coalesce(max(position), 0) + 1 FROM study_runs WHERE study_id = ?1), ?2)");
  for (const RunSpec& spec : specs) {
    ids.push_back(runOf(database, spec, nowMs));
    link.run(study, ids.back());
  }
  transaction.commit();
  return ids;
}

std::int64_t countTestOpenings(Database& database, const std::string& splitHash) {
  // '/' is the character after '.': the range holds the names that begin with "test.".
  Query query(
      database,
      "SELECT count(DISTINCT study_runs.study_id) FROM runs JOIN study_runs ON study_runs.run_id = runs.id "
      "WHERE runs.split_hash = ? AND EXISTS (SELECT 1 FROM scores WHERE scores.run_id = runs.id "
      "AND scores.name >= 'test.' AND scores.name < 'test/')",
      splitHash);
  return query.next() ? query.integer(0) : 0;
}

}  // namespace attune
