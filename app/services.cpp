#include "app/services.h"

#include <malloc.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

namespace attune {

namespace {

namespace fs = std::filesystem;

bool isThere(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

std::string ifExists(const fs::path& path) { return isThere(path) ? path.string() : std::string(); }

}  // namespace

std::string programFolder() {
  std::error_code failed;
  const fs::path program = fs::read_symlink("/proc/self/exe", failed);
  return failed ? std::string(".") : program.parent_path().string();
}

std::string dataFolder() {
  if (const char* told = std::getenv("ATTUNE_DATA"); told != nullptr && *told != '\0') return told;
  std::vector<fs::path> candidates;
  candidates.push_back(fs::path(programFolder()).parent_path() / "share" / "attune");
#ifdef ATTUNE_SOURCE_DIR
  candidates.push_back(fs::path(ATTUNE_SOURCE_DIR) / "resources");
#endif
  for (const fs::path& candidate : candidates) {
    if (isThere(candidate / "sample") || isThere(candidate / "base")) return candidate.string();
  }
  return {};
}

std::string sampleFile() {
  const std::string folder = dataFolder();
  return folder.empty() ? std::string() : ifExists(fs::path(folder) / "sample" / "messages.csv");
}

std::string bundledBase() {
  const std::string folder = dataFolder();
  return folder.empty() || !isThere(fs::path(folder) / "base" / "config.json")
             ? std::string()
             : (fs::path(folder) / "base").string();
}

void keepFreedPages() {
  ::mallopt(M_MMAP_THRESHOLD, 1 << 30);
  ::mallopt(M_TRIM_THRESHOLD, 512 << 20);
  ::mallopt(M_ARENA_MAX, 1);  // shared by its threads
}

std::string findWorkerProgram() { return ifExists(fs::path(programFolder()) / "attune-cli"); }

}  // namespace attune
