#pragma once

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/base/clock.h"
#include "core/base/seed.h"
#include "core/base/text.h"
#include "tests/support/cli_child.h"
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

// Runs of three methods, of some dozen steps each.
inline std::vector<RunId> queueRuns(const SmallProject& project, std::int64_t seeds) {
  return project.queue({"lora", "prompt_tuning", "full"}, {"all.epochs=12", "lora.lora_dropout=0.1"}, seeds);
}

inline bool lives(pid_t process) {
  std::ifstream in("/proc/" + std::to_string(process) + "/stat");
  const std::string stat((std::istreambuf_iterator<char>(in)), {});
  return !stat.empty() && stat.find(") Z") == std::string::npos;
}

// Kills the program that works through a project's queue `wanted` times at any moment, starts it again, and
// looks at what is left: of workers, of the runs, and in the end of their results. `start` starts it; it ends
// by itself when all is done.
inline void killPrograms(const std::string& row, int wanted,
                         const std::function<std::unique_ptr<cli::Child>(const SmallProject&)>& start) {
  const std::vector<std::string> golden = undisturbed([](const SmallProject& p) { return queueRuns(p, 1); });
  Random random(Seed{2});
  int kills = 0, finished = 0;
  while (kills < wanted) {
    const SmallProject project;
    const auto ids = queueRuns(project, 1);
    for (bool done = false; !done;) {
      const auto program = start(project);
      const double end = monotonicSeconds() + static_cast<double>(random.below(2000)) / 1000;
      const bool spared = kills >= wanted;
      program->waitUntil([&] { return !spared && monotonicSeconds() > end; });
      const std::vector<pid_t> orphans = childrenOf(program->pid());
      program->signal(SIGKILL);
      done = program->finish().signal != SIGKILL;
      if (!done) ++kills;
      // The workers follow by themselves, within the time that a step and a checkpoint take.
      const double limit = monotonicSeconds() + 10;
      while (std::any_of(orphans.begin(), orphans.end(), lives) && monotonicSeconds() < limit)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      EXPECT_FALSE(std::any_of(orphans.begin(), orphans.end(), lives)) << "a worker outlived its program";
      Store store = project.open();
      for (const attune::Run& run : store.allRuns())
        EXPECT_TRUE(run.state != RunState::kFailed && run.state != RunState::kCancelled) << run.reason;
      EXPECT_TRUE(store.checkIntegrity().empty());
    }
    Store store = project.open();
    for (std::size_t i = 0; i < ids.size(); ++i) {
      EXPECT_EQ(remains(store, ids[i]), golden[i]);
      ++finished;
    }
    EXPECT_EQ(strayFiles(store), std::vector<std::string>{});
  }
  std::cout << row << ": " << kills << " programs killed, " << finished
            << " runs finished as if nothing had happened\n";
}

}  // namespace attune::faults
