#pragma once

#include <string>
#include <vector>

#include "core/base/id.h"
#include "core/store/database.h"
#include "core/study/run.h"
#include "core/study/run_event.h"

// Reading runs; see Store for what each function promises. The number of SQL statements does not depend on
// the number of runs.
namespace attune {

std::vector<Run> loadRuns(Database& database, StudyId study);
std::vector<Run> loadAllRuns(Database& database);
Run loadRun(Database& database, RunId id);
std::vector<RunId> loadQueuedRuns(Database& database);
std::vector<RunScored> loadValidationCurve(Database& database, RunId id);
std::vector<Prediction> loadPredictions(Database& database, RunId id, const std::string& split);
std::vector<std::string> loadPredictionNames(Database& database, RunId id);

// Throws Error(kNotFound) when there is no such run.
void requireRun(Database& database, RunId id);

// A path that stays below the folder it is relative to: neither empty nor absolute nor with "..".
bool isInsideFolder(const std::string& relativePath);

}  // namespace attune
