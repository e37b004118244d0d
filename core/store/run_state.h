#pragma once

#include <string>
#include <vector>

#include "core/base/id.h"
#include "core/store/database.h"
#include "core/study/run.h"

// Who may do what with a run: every change asks for the state it starts from, in one transaction.
namespace attune {

bool changeRunState(Database& database, RunId id, RunState from, RunState to, const std::string& reason);
bool claimRun(Database& database, RunId id, const RunOwner& owner);
std::vector<RunId> markInterruptedRuns(Database& database);

// The parts below are for callers that hold a transaction.

RunState stateOf(Database& database, RunId id);  // throws Error(kNotFound)
// Throws Error(kConflict) unless somebody works on the run: what comes from a worker too late must not be
// mixed with what came since.
void requireWorking(Database& database, RunId id, const std::string& what);
// Ends a working run. Ending it twice in the same way changes nothing; any other end of an ended run throws
// Error(kConflict). `cost` may be null.
void endRun(Database& database, RunId id, RunState to, const std::string& reason, const RunCost* cost);
// Queued, at the end of the queue, without any trace of the earlier attempt.
void queueAgain(Database& database, RunId id);

}  // namespace attune
