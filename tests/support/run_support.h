#pragma once

#include <sys/types.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "core/data/import.h"
#include "core/model/catalog.h"
#include "core/run/dataset_store.h"
#include "core/run/make_study.h"
#include "core/run/run_queue.h"
#include "core/store/store.h"
#include "tests/support/temporary_folder.h"

namespace attune {

// Hears everything and lets a test wait, for a bounded time, until it has heard something.
class RecordingObserver final : public RunObserver {
 public:
  void onEvent(RunId run, const RunEvent& event) override {
    const std::lock_guard lock(mutex_);
    events_[run].push_back(toJson(event).at("event").asString());
    heard_.notify_all();
  }
  std::vector<std::string> events(RunId run) const {
    const std::lock_guard lock(mutex_);
    const auto found = events_.find(run);
    return found == events_.end() ? std::vector<std::string>{} : found->second;
  }
  // False when the n-th event of this kind has not come within a minute.
  bool waitFor(RunId run, const std::string& kind, int n = 1) const {
    std::unique_lock lock(mutex_);
    return heard_.wait_for(lock, std::chrono::minutes(1), [&] {
      const auto found = events_.find(run);
      return found != events_.end() && std::count(found->second.begin(), found->second.end(), kind) >= n;
    });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable heard_;
  std::map<RunId, std::vector<std::string>> events_;
};

// A project with sixty rows of two labels, in a folder that is there or in one of its own.
class SmallProject {
 public:
  explicit SmallProject(const std::string& folder = {})
      : path_(folder.empty() ? folder_.path("small.attune") : folder + "/small.attune") {
    std::string csv = "text,label\n";
    for (int i = 0; i < 60; ++i)
      csv += (i % 2 ? "my parcel number " : "my refund of pounds ") + std::to_string(i) +
             (i % 2 ? " is late,delivery\n" : " please,refund\n");
    writeFileAtomically(folder_.path("small.csv"), csv);
    const auto imported = importDataset(folder_.path("small.csv"));
    Store store(path_, OpenMode::kCreateOrOpen);
    dataset_ = store.dataset(saveDataset(store, *imported.value, imported.diagnostics));
  }
  const std::string& path() const { return path_; }
  Store open() const { return Store(path_, OpenMode::kOpen); }

  // Queues a study of these methods and returns its runs.
  std::vector<RunId> queue(const std::vector<std::string>& methods,
                           const std::vector<std::string>& settings = {}, std::int64_t seeds = 1,
                           const std::string& base = {}) const {
    StudyRequest request;
    request.dataset = dataset_;
    request.base = describeModel(std::string(ATTUNE_SOURCE_DIR) + "/resources/base", true);
    if (!base.empty()) request.base.path = base;
    request.methods = chooseMethods(methods, "quick", settings);
    request.seeds = seeds;
    Store store = open();
    const Study study = makeStudy(request);
    return store.addRuns(store.addStudy(study), expand(study));
  }

 private:
  TemporaryFolder folder_;
  std::string path_;
  DatasetRecord dataset_;
};

inline RunQueueOptions processes(int workers = 1) {
  RunQueueOptions options;
  options.workers = workers;
  options.workerProgram = ATTUNE_CLI;
  return options;
}

// The child processes of `parent`.
inline std::vector<pid_t> childrenOf(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream in(entry.path() / "stat");
    std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    const auto close = text.rfind(')');
    if (close == std::string::npos) continue;
    char state = 0;
    long owner = 0;
    std::istringstream(text.substr(close + 1)) >> state >> owner;
    if (owner == parent && state != 'Z') children.push_back(static_cast<pid_t>(std::stol(name)));
  }
  return children;
}

}  // namespace attune
