#pragma once

#include <cstddef>
#include <vector>

#include "core/base/id.h"
#include "core/study/run_event.h"

// The steps of a run.
namespace attune {

class Database;

// In one transaction, of normal durability. A step that is there already is replaced.
void appendSteps(Database& database, RunId id, const std::vector<RunStep>& steps);
// The same for a caller that holds a transaction.
void insertSteps(Database& database, RunId id, const std::vector<RunStep>& steps);
std::vector<RunStep> loadSteps(Database& database, RunId id);

// At most `points` of the steps for a plot of `value`: the first, the last, and the lowest and highest of
// each of the equal stretches between them, so that no spike is lost. Not-a-number counts as highest. All
// steps when there are not more; `points` below 4 counts as 4.
std::vector<RunStep> thinSteps(const std::vector<RunStep>& steps, std::size_t points,
                               double RunStep::*value = &RunStep::loss);

}  // namespace attune
