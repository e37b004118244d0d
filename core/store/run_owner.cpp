#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <optional>

#include "core/base/text.h"
#include "core/store/store.h"

namespace attune {
namespace {

std::string readSystemFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string currentBootId() { return std::string(trim(readSystemFile("/proc/sys/kernel/random/boot_id"))); }

struct ProcessStat {
  char state = '?';
  std::int64_t start = 0;
};

std::optional<ProcessStat> readStat(std::int64_t pid) {
  const std::string text = readSystemFile("/proc/" + std::to_string(pid) + "/stat");
  // "PID (NAME) STATE …": the name may hold blanks and parentheses, so the fields are counted from the last
  // one.
  const auto close = text.rfind(')');
  if (close == std::string::npos) return std::nullopt;
  const std::vector<std::string> fields = splitText(trim(std::string_view(text).substr(close + 1)), ' ');
  constexpr std::size_t kState = 3 - 3, kStart = 22 - 3;
  if (fields.size() <= kStart || fields[kState].empty()) return std::nullopt;
  const auto start = parseInt(fields[kStart]);
  if (!start) return std::nullopt;
  return ProcessStat{fields[kState][0], *start};
}

}  // namespace

RunOwner RunOwner::thisProcess() {
  RunOwner owner{currentBootId(), ::getpid(), 0};
  if (const auto stat = readStat(owner.pid)) owner.processStart = stat->start;
  return owner;
}

bool RunOwner::isAlive() const {
  if (pid <= 0 || bootId != currentBootId()) return false;
  if (const auto stat = readStat(pid))
    return stat->start == processStart && stat->state != 'Z' && stat->state != 'X' && stat->state != 'x';
  // Other users' processes may be hidden; when in doubt a run is not taken away from its process.
  return ::kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM;
}

}  // namespace attune
