#pragma once

#include <string>

#include "app/cli_output.h"
#include "core/store/store.h"

namespace attune {

// Does all queued runs of a project with progress on the terminal. The first Ctrl+C stops and keeps what is
// working, the second throws it away; then true is returned.
bool workThrough(Store& store, const std::string& project, int workers, const Output& output);

}  // namespace attune
