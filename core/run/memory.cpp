#include "core/run/memory.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <thread>

namespace attune {
namespace memory {

constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();

// A control group's files, of version 2 and 1.
struct GroupFiles {
  const char* mounted;
  const char* entry;  // of /proc/self/cgroup, between the colons
  const char* limit;
  const char* used;
  const char* spare;  // in memory.stat: of what is used that can be dropped
};
constexpr GroupFiles kVersions[] = {{"/sys/fs/cgroup", "", "memory.max", "memory.current", "inactive_file"},
                                    {"/sys/fs/cgroup/memory", "memory", "memory.limit_in_bytes",
                                     "memory.usage_in_bytes", "total_inactive_file"}};

// A file with one number; below 0: it holds none ("max").
std::int64_t numberIn(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::int64_t number = 0;
  return in >> number ? number : -1;
}

std::int64_t available() {
  std::ifstream in("/proc/meminfo");
  std::string name, unit;
  std::int64_t kilobytes = 0;
  while (in >> name >> kilobytes) {
    std::getline(in, unit);
    if (name == "MemAvailable:") return kilobytes * 1024;
  }
  return kNoLimit;
}

// Address space that ulimit -v leaves.
std::int64_t addressSpace() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kNoLimit;
  const std::int64_t used = std::max<std::int64_t>(0, numberIn("/proc/self/statm")) * ::getpagesize();
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(limit.rlim_cur) - used);
}

std::int64_t statistic(const std::filesystem::path& file, const std::string& wanted) {
  std::ifstream in(file);
  std::string name;
  std::int64_t value = 0;
  while (in >> name >> value)
    if (name == wanted) return value;
  return 0;
}

// What the group and those above it leave; below 0: there is no limit. In a container the group that the
// system names may not be there, but its files are at the top.
std::int64_t leaves(const GroupFiles& files, const std::string& mounted, const std::string& group) {
  std::int64_t least = kNoLimit;
  std::filesystem::path at = std::filesystem::path(group).relative_path();
  for (;; at = at.parent_path()) {
    const std::filesystem::path folder = mounted / at;
    const std::int64_t limit = numberIn(folder / files.limit);
    if (limit >= 0 && limit < kNoLimit / 4)  // version 1 says "none" by a number without end
      least = std::min(least, std::max<std::int64_t>(0, limit - numberIn(folder / files.used) +
                                                            statistic(folder / "memory.stat", files.spare)));
    if (at.empty()) break;
  }
  return least == kNoLimit ? -1 : least;
}

std::int64_t controlGroups() {
  std::int64_t least = kNoLimit;
  std::ifstream in("/proc/self/cgroup");
  for (std::string line; std::getline(in, line);) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    for (const GroupFiles& files : kVersions)
      if (line.substr(first + 1, second - first - 1) == files.entry)
        if (const std::int64_t left = leaves(files, files.mounted, line.substr(second + 1)); left >= 0)
          least = std::min(least, std::max<std::int64_t>(1, left));
  }
  return least;
}

}  // namespace memory

std::int64_t controlGroupLeaves(const std::string& mounted, const std::string& group) {
  return memory::leaves(memory::kVersions[0], mounted, group);
}

std::int64_t freeMemoryBytes() {
  const std::int64_t free = std::min({memory::available(), memory::addressSpace(), memory::controlGroups()});
  return free == memory::kNoLimit ? 0 : free;
}

std::int64_t roomForCopies(std::int64_t needed) {
  const std::int64_t share = freeMemoryBytes() / std::max(1U, std::thread::hardware_concurrency());
  return std::max<std::int64_t>(0, share - needed) / 2;
}

}  // namespace attune
