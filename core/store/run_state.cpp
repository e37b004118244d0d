#include "core/store/run_state.h"

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/store/query.h"

namespace attune {
namespace {

// The one place where an end is written.
bool writeEnd(Database& database, RunId id, RunState from, RunState to, const std::string& reason) {
  return Query(database,
               "UPDATE runs SET state = ?, reason = ?, phase = '', ended_ms = ? WHERE id = ? AND state = ?",
               runStateName(to), reason, utcMilliseconds(), id, runStateName(from))
             .run() == 1;
}

bool writeStart(Database& database, RunId id, const RunOwner& owner, const std::string& reason) {
  return Query(database,
               "UPDATE runs SET state = 'starting', reason = ?, phase = '', started_ms = ?, owner_boot = ?, "
               "owner_pid = ?, owner_start = ? WHERE id = ? AND state = 'queued'",
               reason, utcMilliseconds(), owner.bootId, owner.pid, owner.processStart, id)
             .run() == 1;
}

}  // namespace

bool changeRunState(Database& database, RunId id, RunState from, RunState to, const std::string& reason) {
  Transaction transaction(database);
  if (stateOf(database, id) != from || !mayChange(from, to)) return false;
  bool changed = true;
  if (to == RunState::kQueued) {
    queueAgain(database, id);
    if (!reason.empty()) Query(database, "UPDATE runs SET reason = ? WHERE id = ?", reason, id).run();
  } else if (to == RunState::kStarting) {
    changed = writeStart(database, id, RunOwner::thisProcess(), reason);
  } else if (isEnded(to)) {
    changed = writeEnd(database, id, from, to, reason);
  } else {
    changed = Query(database, "UPDATE runs SET state = ?, reason = ? WHERE id = ? AND state = ?",
                    runStateName(to), reason, id, runStateName(from))
                  .run() == 1;
  }
  transaction.commit();
  return changed;
}

bool claimRun(Database& database, RunId id, const RunOwner& owner) {
  Transaction transaction(database);
  const bool claimed = writeStart(database, id, owner, {});
  if (!claimed) stateOf(database, id);
  transaction.commit();
  return claimed;
}

std::vector<RunId> markInterruptedRuns(Database& database) {
  Transaction transaction(database);
  struct Working {
    RunId id;
    RunState state;
    RunOwner owner;
  };
  std::vector<Working> working;
  {
    Query query(database,
                "SELECT id, state, owner_boot, owner_pid, owner_start FROM runs "
                "WHERE state IN ('starting', 'running') ORDER BY id");
    while (query.next())
      working.push_back({{query.integer(0)},
                         runStateFromName(query.text(1)),
                         {query.text(2), query.integer(3), query.integer(4)}});
  }
  std::vector<RunId> interrupted;
  const std::string thisBoot = working.empty() ? std::string() : RunOwner::thisProcess().bootId;
  for (const Working& run : working) {
    if (run.owner.isAlive()) continue;
    const std::string reason =
        run.owner.bootId == thisBoot
            ? "Its process (" + std::to_string(run.owner.pid) + ") ended before the run did."
            : "The computer was restarted before the run ended.";
    if (writeEnd(database, run.id, run.state, RunState::kInterrupted, reason)) interrupted.push_back(run.id);
  }
  transaction.commit();
  return interrupted;
}

RunState stateOf(Database& database, RunId id) {
  Query query(database, "SELECT state FROM runs WHERE id = ?", id);
  if (!query.next())
    throw Error(ErrorKind::kNotFound, "there is no run " + std::to_string(id.value) + " in this project",
                "Look at its runs: attune-cli list --project FILE.");
  return runStateFromName(query.text(0));
}

void requireWorking(Database& database, RunId id, const std::string& what) {
  const RunState state = stateOf(database, id);
  if (state != RunState::kStarting && state != RunState::kRunning)
    throw Error(ErrorKind::kConflict, "run " + std::to_string(id.value) + " is " + runStateName(state) +
                                          ", so its " + what + " were not saved");
}

void endRun(Database& database, RunId id, RunState to, const std::string& reason, const RunCost* cost) {
  const RunState from = stateOf(database, id);
  if (from == to && isEnded(to)) return;
  // A run whose first message is its end has been running in between.
  const bool isAllowed =
      isEnded(to) &&
      (mayChange(from, to) || (mayChange(from, RunState::kRunning) && mayChange(RunState::kRunning, to)));
  if (!isAllowed || !writeEnd(database, id, from, to, reason))
    throw Error(ErrorKind::kConflict, "run " + std::to_string(id.value) + " is " + runStateName(from) +
                                          " and cannot become " + runStateName(to));
  if (cost) Query(database, "UPDATE runs SET cost = ? WHERE id = ?", cost->toJson().dump(), id).run();
}

void queueAgain(Database& database, RunId id) {
  Query(database, "DELETE FROM scores WHERE run_id = ?", id).run();
  Query(database, "DELETE FROM validation_points WHERE run_id = ?", id).run();
  Query(database, "DELETE FROM steps WHERE run_id = ?", id).run();
  Query(database, "DELETE FROM predictions WHERE run_id = ?", id).run();
  Query(database, "DELETE FROM artifacts WHERE run_id = ?", id).run();
  Query(database,
        "UPDATE runs SET state = 'queued', reason = '', phase = '', started_ms = 0, ended_ms = 0, step = 0, "
        "total_steps = 0, cost = '{}', environment = 'null', findings = '[]', owner_boot = '', owner_pid = "
        "0, owner_start = 0, "
        "sequence = (SELECT max(sequence) + 1 FROM runs) WHERE id = ?",
        id)
      .run();
}

}  // namespace attune
