#include "core/run/memory.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>

namespace attune {
namespace memory {

constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();

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

std::int64_t controlGroup() {
  std::ifstream in("/proc/self/cgroup");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("0::"))  // version 2
      if (const std::int64_t left = controlGroupLeaves("/sys/fs/cgroup", line.substr(3)); left >= 0)
        return std::max<std::int64_t>(1, left);
  return kNoLimit;
}

}  // namespace memory

std::int64_t controlGroupLeaves(const std::string& mounted, const std::string& group) {
  std::int64_t least = memory::kNoLimit;
  std::filesystem::path at = std::filesystem::path(group).relative_path();
  for (;; at = at.parent_path()) {
    const std::filesystem::path folder = mounted / at;
    const std::int64_t limit = memory::numberIn(folder / "memory.max");
    if (limit >= 0)
      least = std::min(least, std::max<std::int64_t>(0, limit - memory::numberIn(folder / "memory.current")));
    if (at.empty()) break;
  }
  return least == memory::kNoLimit ? -1 : least;
}

std::int64_t freeMemoryBytes() {
  const std::int64_t free = std::min({memory::available(), memory::addressSpace(), memory::controlGroup()});
  return free == memory::kNoLimit ? 0 : free;
}

}  // namespace attune
