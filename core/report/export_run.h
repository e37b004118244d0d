#pragma once

#include <string>
#include <vector>

#include "core/report/report.h"
#include "core/store/store.h"

namespace attune {

// README.md of a run's adapter, as the Hub shows one: what it is, on which data and with which settings and
// seed it was trained, how well it does with its interval, what its siblings of other seeds do, how to use it
// and the command that repeats it. No text of the data is in it.
std::string modelCard(Store& store, const Run& run);

// Copies what a run learned into a folder of its own, which is empty or not there yet, with prompt.json and
// the model card; files are checked against the hashes that the run noted. Throws Error(kUsage) for a folder
// that is not empty and for a run without a result or adapter, Error(kInvalidInput) for a file that has
// changed, Error(kNotFound, kIo).
std::vector<WrittenFile> exportRun(Store& store, RunId id, const std::string& folder);

}  // namespace attune
