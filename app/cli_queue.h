#pragma once

#include <vector>

#include "app/cli_output.h"
#include "core/store/store.h"

namespace attune {

// Does those of the runs that are queued, with progress on the terminal. The first Ctrl+C stops and keeps
// what is working, the second throws it away; then true is returned.
bool workThrough(Store& store, const std::vector<RunId>& runs, int workers, const Output& output);

// Says of each run without a result why it has none. True when there is one.
bool sayUndone(const std::vector<Run>& runs, const Output& output);

// The study of this number, or the newest one for 0. Throws Error(kNotFound) where there is none.
StudyId chosenStudy(Store& store, std::int64_t number);

}  // namespace attune
