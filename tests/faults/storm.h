#pragma once

#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "core/base/seed.h"
#include "core/base/text.h"
#include "tests/support/run_support.h"

// What the fault tests share: a project whose runs are long enough to be hit, and what such a run must leave
// behind whatever happened to it.
namespace attune::faults {

// Blows that a test deals: `small` in every build, another number in the environment for a long storm.
inline int blows(const char* variable, int small) {
  const char* wanted = std::getenv(variable);
  return wanted ? static_cast<int>(parseInt(wanted).value_or(small)) : small;
}

inline void hitWorkers(int signal) {
  for (const pid_t child : childrenOf(::getpid())) ::kill(child, signal);
}

// Acts on what the queue tells, on the queue's thread.
class Striker final : public RunObserver {
 public:
  // True when it has struck.
  using Strike = std::function<bool(const RunEvent&)>;
  explicit Striker(Strike strike = {}) : strike_(std::move(strike)) {}
  void onEvent(RunId, const RunEvent& event) override {
    if (strike_ && strike_(event)) strike_ = {};
  }

 private:
  Strike strike_;
};

inline RunQueueOptions worker() {
  RunQueueOptions options = processes(1);
  options.checkpointSeconds = 0.1;
  return options;
}

// Works through these runs in worker processes.
inline void workOff(const std::string& project, const std::vector<RunId>& runs, RunObserver& observer) {
  RunQueue queue(project, worker(), observer);
  queue.submit(runs);
  ASSERT_TRUE(queue.waitUntilIdle(std::chrono::minutes(3)));
}

// All that a run left behind, but times: hashes of its files, losses, answers.
inline std::string remains(Store& store, RunId id) {
  const attune::Run run = store.run(id);
  Json json = Json().set("state", runStateName(run.state));
  for (const Artifact& artifact : run.artifacts)
    json.set(std::filesystem::path(artifact.path).filename().string(), artifact.sha256);
  Json losses = Json::array(), answers = Json::array(), curve = Json::array();
  for (const RunStep& step : store.steps(id)) losses.push(step.step).push(step.loss);
  for (const RunScored& point : store.validationCurve(id))
    for (const auto& [name, value] : point.scores) curve.push(point.step).push(value);
  for (const char* split : {"validation", "test"})
    for (const Prediction& p : store.predictions(id, split))
      answers.push(p.row).push(p.predicted).push(static_cast<double>(p.probabilities.at(0)));
  for (const auto& [name, value] : run.scores) json.set(name, value);
  return json.set("losses", losses).set("curve", curve).set("answers", answers).dump();
}

// What the runs that `queue` puts into a project leave behind when nothing happens to them.
inline std::vector<std::string> undisturbed(
    const std::function<std::vector<RunId>(const SmallProject&)>& queue) {
  const SmallProject project;
  const auto ids = queue(project);
  Striker nobody;
  workOff(project.path(), ids, nobody);
  Store store = project.open();
  std::vector<std::string> all;
  for (const RunId id : ids) all.push_back(remains(store, id));
  return all;
}

// Files of the project that no run claims: halves, checkpoints of finished runs.
inline std::vector<std::string> strayFiles(Store& store) {
  std::vector<std::string> known, stray;
  for (const attune::Run& run : store.allRuns())
    for (const Artifact& artifact : run.artifacts) known.push_back(store.filesFolder() + "/" + artifact.path);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(store.filesFolder()))
    if (entry.is_regular_file() &&
        std::find(known.begin(), known.end(), entry.path().string()) == known.end())
      stray.push_back(entry.path().string());
  return stray;
}

}  // namespace attune::faults
