#include "core/store/run_table.h"

#include <bit>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <unordered_map>

#include "core/base/error.h"
#include "core/store/query.h"

namespace attune {
namespace {

#define ATTUNE_RUN_COLUMNS                                                                                  \
  "SELECT runs.id, spec, state, reason, phase, created_ms, started_ms, ended_ms, step, total_steps, cost, " \
  "environment, findings FROM runs "

// The runs of a study differ in little but the seed: what else their texts say is parsed once.
class SpecReader {
 public:
  RunSpec read(const std::string& text, const std::string& what) {
    constexpr std::string_view kMark = "\"seed\":";  // within a string its quotes would be escaped
    const auto mark = text.rfind(kMark);
    const char* const first = text.data() + (mark == std::string::npos ? text.size() : mark + kMark.size());
    std::int64_t seed = 0;
    const auto [end, error] = std::from_chars(first, text.data() + text.size(), seed);
    if (error != std::errc()) return RunSpec::fromJson(parseJson(text, what));
    std::string rest = text;
    rest.erase(static_cast<std::size_t>(first - text.data()), static_cast<std::size_t>(end - first));
    auto known = known_.find(rest);
    if (known == known_.end())
      known = known_.emplace(std::move(rest), RunSpec::fromJson(parseJson(text, what))).first;
    RunSpec spec = known->second;
    spec.seed = static_cast<std::uint64_t>(seed);
    return spec;
  }

 private:
  std::unordered_map<std::string, RunSpec> known_;  // by the text without the seed
};

Run readRun(const Query& query, SpecReader& specs) {
  Run run;
  run.id = {query.integer(0)};
  const std::string what = "run " + std::to_string(run.id.value);
  run.spec = specs.read(query.text(1), what + ", spec");
  run.state = runStateFromName(query.text(2));
  run.reason = query.text(3);
  run.phase = query.text(4);
  run.createdMs = query.integer(5);
  run.startedMs = query.integer(6);
  run.endedMs = query.integer(7);
  run.step = query.integer(8);
  run.totalSteps = query.integer(9);
  run.cost = RunCost::fromJson(parseJson(query.text(10), what + ", cost"));
  run.environment = parseJson(query.text(11), what + ", environment");
  run.findings = findingsFromJson(parseJson(query.text(12), what + ", findings"));
  return run;
}

// Reads the runs and then, each with one statement, the scores and artefacts of all of them.
std::vector<Run> readRuns(Query& runRows, Query& scoreRows, Query& artifactRows) {
  std::vector<Run> runs;
  std::unordered_map<std::int64_t, std::size_t> places;
  SpecReader specs;
  while (runRows.next()) {
    runs.push_back(readRun(runRows, specs));
    places.emplace(runs.back().id.value, runs.size() - 1);
  }
  while (scoreRows.next())
    if (const auto place = places.find(scoreRows.integer(0)); place != places.end())
      runs[place->second].scores[scoreRows.text(1)] = scoreRows.real(2);
  while (artifactRows.next())
    if (const auto place = places.find(artifactRows.integer(0)); place != places.end()) {
      Artifact artifact{artifactRows.text(1), artifactRows.text(2), artifactRows.integer(3),
                        artifactRows.text(4)};
      // A project from somebody else must not lead out of its folder.
      if (isInsideFolder(artifact.path)) runs[place->second].artifacts.push_back(std::move(artifact));
    }
  return runs;
}

std::vector<float> floatsOf(const Blob& blob, RunId run) {
  if (blob.size % 4 != 0)
    throw Error(ErrorKind::kInvalidInput,
                "the project is damaged: a prediction of run " + std::to_string(run.value) + " has " +
                    std::to_string(blob.size) + " bytes of probabilities, not a multiple of 4");
  std::vector<float> values(blob.size / 4);
  const auto* bytes = static_cast<const unsigned char*>(blob.bytes);
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::uint32_t bits = 0;
    for (std::size_t k = 4; k-- > 0;) bits = bits << 8 | bytes[4 * i + k];
    values[i] = std::bit_cast<float>(bits);
  }
  return values;
}

}  // namespace

std::vector<Run> loadRuns(Database& database, StudyId study) {
  const Snapshot snapshot(database);
  if (Query known(database, "SELECT 1 FROM studies WHERE id = ?", study); !known.next())
    throw Error(ErrorKind::kNotFound,
                "there is no study " + std::to_string(study.value) + " in this project");
  Query runs(database,
             ATTUNE_RUN_COLUMNS
             "JOIN study_runs ON study_runs.run_id = runs.id WHERE study_runs.study_id = ? ORDER BY position",
             study);
  Query scores(
      database,
      "SELECT scores.run_id, name, value FROM study_runs JOIN scores ON scores.run_id = study_runs.run_id "
      "WHERE study_runs.study_id = ?",
      study);
  Query artifacts(database,
                  "SELECT artifacts.run_id, kind, path, bytes, sha256 FROM study_runs "
                  "JOIN artifacts ON artifacts.run_id = study_runs.run_id WHERE study_runs.study_id = ? "
                  "ORDER BY artifacts.run_id, path",
                  study);
  return readRuns(runs, scores, artifacts);
}

std::vector<Run> loadAllRuns(Database& database) {
  const Snapshot snapshot(database);
  Query runs(database, ATTUNE_RUN_COLUMNS "ORDER BY id");
  Query scores(database, "SELECT run_id, name, value FROM scores");
  Query artifacts(database, "SELECT run_id, kind, path, bytes, sha256 FROM artifacts ORDER BY run_id, path");
  return readRuns(runs, scores, artifacts);
}

Run loadRun(Database& database, RunId id) {
  const Snapshot snapshot(database);
  Query runs(database, ATTUNE_RUN_COLUMNS "WHERE id = ?", id);
  Query scores(database, "SELECT run_id, name, value FROM scores WHERE run_id = ?", id);
  Query artifacts(
      database, "SELECT run_id, kind, path, bytes, sha256 FROM artifacts WHERE run_id = ? ORDER BY path", id);
  std::vector<Run> found = readRuns(runs, scores, artifacts);
  if (found.empty()) requireRun(database, id);
  return std::move(found.front());
}

std::vector<RunId> loadQueuedRuns(Database& database) {
  std::vector<RunId> ids;
  Query query(database, "SELECT id FROM runs WHERE state = 'queued' ORDER BY sequence");
  while (query.next()) ids.push_back({query.integer(0)});
  return ids;
}

std::vector<RunScored> loadValidationCurve(Database& database, RunId id) {
  const Snapshot snapshot(database);
  requireRun(database, id);
  std::vector<RunScored> curve;
  Query query(
      database,
      "SELECT step, split, name, value FROM validation_points WHERE run_id = ? ORDER BY step, split, name",
      id);
  while (query.next()) {
    const std::int64_t step = query.integer(0);
    const std::string split = query.text(1);
    if (curve.empty() || curve.back().step != step || curve.back().split != split)
      curve.push_back({split, step, {}, false});
    curve.back().scores[query.text(2)] = query.real(3);
  }
  return curve;
}

std::vector<std::string> loadPredictionNames(Database& database, RunId id) {
  const Snapshot snapshot(database);
  requireRun(database, id);
  std::vector<std::string> names;
  Query query(database, "SELECT DISTINCT split FROM predictions WHERE run_id = ? ORDER BY split", id);
  while (query.next()) names.push_back(query.text(0));
  return names;
}

std::vector<Prediction> loadPredictions(Database& database, RunId id, const std::string& split) {
  const Snapshot snapshot(database);
  requireRun(database, id);
  std::vector<Prediction> predictions;
  Query query(database,
              "SELECT row, label, predicted, probabilities, text, log_likelihood, answer_tokens FROM "
              "predictions WHERE run_id = ? AND split = ? "
              "ORDER BY row",
              id, split);
  while (query.next())
    predictions.push_back({query.integer(0), query.integer(1), query.integer(2), floatsOf(query.blob(3), id),
                           query.text(4), query.real(5), query.integer(6)});
  return predictions;
}

void requireRun(Database& database, RunId id) {
  Query query(database, "SELECT 1 FROM runs WHERE id = ?", id);
  if (!query.next())
    throw Error(ErrorKind::kNotFound, "there is no run " + std::to_string(id.value) + " in this project",
                "Look at its runs: attune-cli list --project FILE.");
}

bool isInsideFolder(const std::string& relativePath) {
  if (relativePath.empty() || relativePath.find('\0') != std::string::npos) return false;
  const std::filesystem::path path(relativePath);
  if (path.is_absolute()) return false;
  for (const auto& part : path)
    if (part == "..") return false;
  return true;
}

}  // namespace attune
