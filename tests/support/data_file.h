#pragma once

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "tests/support/shared.h"

namespace attune {

// A file with the given content for the life of the object, in a folder of its own, so that its name is the
// given one.
class DataFile {
 public:
  DataFile(const std::string& name, std::string_view content) {
    static std::atomic<int> counter{0};
    folder_ = std::filesystem::temp_directory_path() /
              ("attune_data_" + std::to_string(::getpid()) + "_" + std::to_string(counter++));
    std::filesystem::create_directories(folder_);
    path_ = (folder_ / name).string();
    write(content);
  }
  ~DataFile() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  DataFile(const DataFile&) = delete;
  DataFile& operator=(const DataFile&) = delete;

  void write(std::string_view content) const {
    std::ofstream out(path_, std::ios::binary);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
  }
  const std::string& path() const { return path_; }

 private:
  std::filesystem::path folder_;
  std::string path_;
};

inline const Diagnostic* findRule(const std::vector<Diagnostic>& diagnostics, std::string_view rule) {
  const auto found = std::find_if(diagnostics.begin(), diagnostics.end(),
                                  [&](const Diagnostic& d) { return d.rule == rule; });
  return found == diagnostics.end() ? nullptr : &*found;
}

inline std::string describe(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const Diagnostic& d : diagnostics)
    text += std::string(severityName(d.severity)) + " " + d.rule + ": " + d.message + " [" + d.hint + "]\n";
  return text;
}

}  // namespace attune
