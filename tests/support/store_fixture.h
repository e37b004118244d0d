#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "core/store/store.h"

// Projects for the tests of the store and of what reads from it.
namespace attune::store_fixture {

// A folder of its own, removed at the end.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "attune-store-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline std::string bytesOfFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void writeBytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

inline DatasetRecord record(const std::string& name, const std::string& hash = "hash-1",
                            const std::string& splitHash = "split-1") {
  DatasetRecord record;
  record.name = name;
  record.source = "reviews.csv";
  record.hash = hash;
  record.splitHash = splitHash;
  record.labels = {"bad", "good"};
  record.diagnostics = Json::array();
  return record;
}

inline std::vector<StoredExample> examples() {
  return {
      {0, 2, kTrainSplit, "fine", 1}, {1, 3, kValidationSplit, "poor", 0}, {2, 4, kTestSplit, "so so", 0}};
}

inline RunSpec spec(std::uint64_t seed, const std::string& method = "lora") {
  RunSpec spec;
  spec.method = method;
  spec.params.set("r", std::int64_t{8});
  spec.params.set("learning_rate", 0.1);
  spec.seed = seed;
  spec.datasetHash = "hash-1";
  spec.splitHash = "split-1";
  spec.base = {"tiny", "/models/tiny", "base-hash"};
  spec.budget.maxSteps = 10;
  return spec;
}

inline std::vector<RunSpec> specs(std::uint64_t count) {
  std::vector<RunSpec> list;
  for (std::uint64_t seed = 1; seed <= count; ++seed) list.push_back(spec(seed));
  return list;
}

inline Study study(const std::string& name = "Which is best?") {
  Study study;
  study.name = name;
  study.datasetHash = "hash-1";
  study.splitHash = "split-1";
  return study;
}

// A claimed run that has started.
inline RunId runningRun(Store& store, StudyId studyId, const RunSpec& runSpec) {
  const RunId id = store.addRuns(studyId, {runSpec}).front();
  store.claim(id, RunOwner::thisProcess());
  store.apply(id, RunStarted{10, 100, 1000, Json()});
  return id;
}

}  // namespace attune::store_fixture
