#pragma once

#include <cstdint>
#include <string>

// Free of torch.
namespace attune {

// Memory that this process can get without others losing theirs: what the system has available, and no more
// than its own limits (ulimit -v, a control group's memory.max) leave. 0: not known.
std::int64_t freeMemoryBytes();

// What a run that still needs `needed` bytes may take for copies that only make it quicker: half of what is
// left when every core has such a run. 0 where it is not known.
std::int64_t roomForCopies(std::int64_t needed);

// What the limits of control groups (version 2) leave: the least of the group at `group` below `mounted` and
// those above it, files that could be dropped counted as free; below 0: there is no limit. For tests.
std::int64_t controlGroupLeaves(const std::string& mounted, const std::string& group);

}  // namespace attune
