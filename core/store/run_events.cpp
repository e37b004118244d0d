#include "core/store/run_events.h"

#include <bit>
#include <cstdint>
#include <string>

#include "core/base/error.h"
#include "core/store/query.h"
#include "core/store/run_state.h"
#include "core/store/run_table.h"
#include "core/store/series.h"

namespace attune {
namespace {

// 32-bit floats, lowest byte first.
std::string bytesOf(const std::vector<float>& values) {
  std::string bytes;
  bytes.reserve(4 * values.size());
  for (const float value : values) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (unsigned shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(bits >> shift & 0xff);
  }
  return bytes;
}

RunCost costOf(Database& database, RunId id) {
  Query query(database, "SELECT cost FROM runs WHERE id = ?", id);
  if (!query.next()) return {};
  return RunCost::fromJson(parseJson(query.text(0), "run " + std::to_string(id.value) + ", cost"));
}

// One overload an event; each runs inside the transaction of applyEvent.
struct Writer {
  Database& database;
  RunId id;

  void operator()(const RunStarted& event) const {
    const RunState state = stateOf(database, id);
    if (state != RunState::kStarting)
      throw Error(ErrorKind::kConflict, "run " + std::to_string(id.value) + " is " + runStateName(state) +
                                            " and cannot start to run");
    RunCost cost;
    cost.trainableParameters = event.trainableParameters;
    cost.totalParameters = event.totalParameters;
    Query(database,
          "UPDATE runs SET state = 'running', total_steps = ?, cost = ?, environment = ? "
          "WHERE id = ? AND state = 'starting'",
          event.totalSteps, cost.toJson().dump(), event.environment.dump(), id)
        .run();
  }
  void operator()(const RunPhase& event) const {
    requireWorking(database, id, "phases");
    Query(database, "UPDATE runs SET phase = ? WHERE id = ?", event.phase, id).run();
  }
  void operator()(const RunStep& event) const { insertSteps(database, id, {event}); }
  void operator()(const RunScored& event) const {
    requireWorking(database, id, "scores");
    if (event.isFinal) {
      Query insert(database, "INSERT OR REPLACE INTO scores (run_id, name, value, step) VALUES (?, ?, ?, ?)");
      for (const auto& [name, value] : event.scores)
        insert.run(id, event.split + "." + name, value, event.step);
    } else {
      Query insert(database,
                   "INSERT OR REPLACE INTO validation_points (run_id, step, split, name, value) "
                   "VALUES (?, ?, ?, ?, ?)");
      for (const auto& [name, value] : event.scores) insert.run(id, event.step, event.split, name, value);
    }
  }
  void operator()(const RunPredicted& event) const {
    requireWorking(database, id, "predictions");
    Query(database, "DELETE FROM predictions WHERE run_id = ? AND split = ?", id, event.split).run();
    Query insert(database,
                 "INSERT INTO predictions (run_id, split, row, label, predicted, probabilities, text, "
                 "log_likelihood, answer_tokens) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    for (const Prediction& p : event.predictions) {
      const std::string bytes = bytesOf(p.probabilities);
      insert.run(id, event.split, p.row, p.label, p.predicted, Blob{bytes.data(), bytes.size()}, p.text,
                 p.logLikelihood, p.answerTokens);
    }
  }
  void operator()(const RunSaved& event) const {
    requireWorking(database, id, "files");
    const Artifact& artifact = event.artifact;
    if (!isInsideFolder(artifact.path))
      throw Error(
          ErrorKind::kInvalidInput,
          "'" + artifact.path + "' does not lie in the project's folder of files, so it was not added");
    Query(database,
          "INSERT OR REPLACE INTO artifacts (run_id, path, kind, bytes, sha256) VALUES (?, ?, ?, ?, ?)", id,
          artifact.path, artifact.kind, artifact.bytes, artifact.sha256)
        .run();
  }
  void operator()(const RunFinished& event) const {
    RunCost cost = event.cost;
    const RunCost known = costOf(database, id);
    if (cost.trainableParameters == 0) cost.trainableParameters = known.trainableParameters;
    if (cost.totalParameters == 0) cost.totalParameters = known.totalParameters;
    endRun(database, id, event.state, event.reason, &cost);
    Query(database, "UPDATE runs SET findings = ? WHERE id = ?", toJson(event.findings).dump(), id).run();
  }
  void operator()(const RunFailed& event) const {
    const std::string reason = event.hint.empty() ? event.message : event.message + " " + event.hint;
    endRun(database, id, RunState::kFailed, reason, nullptr);
  }
  void operator()(const RunCancelled&) const { endRun(database, id, RunState::kCancelled, {}, nullptr); }
  void operator()(const RunInterrupted& event) const {
    endRun(database, id, RunState::kInterrupted, event.reason, nullptr);
  }
};

}  // namespace

void applyEvent(Database& database, RunId id, const RunEvent& event) {
  Transaction transaction(database,
                          std::holds_alternative<RunStep>(event) ? Durability::kNormal : Durability::kFull);
  std::visit(Writer{database, id}, event);
  transaction.commit();
}

}  // namespace attune
