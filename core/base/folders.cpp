#include "core/base/folders.h"

#include <cstdlib>
#include <filesystem>

namespace attune {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string folder(const char* variable, const char* below) {
  // The specification has relative paths ignored.
  if (const std::filesystem::path chosen = environment(variable); chosen.is_absolute())
    return (chosen / "attune").string();
  const std::string home = environment("HOME");
  return home.empty() ? home : (std::filesystem::path(home) / below / "attune").string();
}

}  // namespace

std::string userDataFolder() { return folder("XDG_DATA_HOME", ".local/share"); }

std::string userCacheFolder() { return folder("XDG_CACHE_HOME", ".cache"); }

std::string weightCacheFolder() {
  const std::string chosen = environment("ATTUNE_WEIGHT_CACHE");
  if (chosen == "off") return {};
  if (!chosen.empty()) return chosen;
  const std::string cache = userCacheFolder();
  return cache.empty() ? cache : cache + "/weights";
}

}  // namespace attune
