#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "core/base/json.h"

namespace attune {

// The folder of golden numbers: $ATTUNE_SHARED, else ../shared beside the source tree.
inline std::filesystem::path sharedFolder() {
  if (const char* chosen = std::getenv("ATTUNE_SHARED"); chosen && *chosen) return chosen;
  return std::filesystem::path(ATTUNE_SOURCE_DIR).parent_path() / "shared";
}

inline std::filesystem::path fixture(const std::string& name) { return sharedFolder() / "fixtures" / name; }

inline Json readJson(const std::filesystem::path& path) {
  return parseJson(readFile(path.string()), path.string());
}

// Token ids of a golden case.
inline std::vector<std::int64_t> idsOf(const Json& json) {
  std::vector<std::int64_t> ids;
  for (const Json& id : json.items()) ids.push_back(id.asInt());
  return ids;
}

}  // namespace attune

// At the beginning of a test that needs golden numbers.
#define ATTUNE_NEEDS_FIXTURE(path)    \
  if (!std::filesystem::exists(path)) \
  GTEST_SKIP() << "golden numbers not found at " << (path) << "; set ATTUNE_SHARED to their folder"
