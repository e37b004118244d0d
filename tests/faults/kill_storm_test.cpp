// Rows 1–3 of the fault matrix: a worker, or the program that it works for, is killed again and again, at any
// moment and in every phase. Nothing is lost, and what comes out in the end is what an undisturbed run gives.

#include <atomic>
#include <memory>
#include <thread>

#include "core/base/clock.h"
#include "tests/faults/storm.h"

namespace attune::faults {
namespace {

std::string momentOf(const RunEvent& event) {
  if (const auto* phase = std::get_if<RunPhase>(&event)) return phase->phase;
  if (std::holds_alternative<RunStarted>(event)) return "started";
  if (std::holds_alternative<RunSaved>(event)) return "saved";
  if (std::holds_alternative<RunPredicted>(event)) return "answered";
  if (const auto* scored = std::get_if<RunScored>(&event)) return scored->isFinal ? "scored" : "looked";
  if (const auto* step = std::get_if<RunStep>(&event)) return "step " + std::to_string(step->step);
  return "";
}

TEST(KillStorm, Rows1And3WorkersDieInEveryPhase) {
  constexpr std::int64_t kSeeds = 2;
  const int wanted = blows("ATTUNE_KILLS", 130);
  const std::vector<std::string> golden =
      undisturbed([](const SmallProject& p) { return queueRuns(p, kSeeds); });
  const std::vector<std::string> moments{"loading", "tokenising", "started",    "training", "looked",
                                         "saving",  "saved",      "evaluating", "scored",   "answered"};
  Random random(Seed{1});
  std::map<std::string, int> killed;
  int kills = 0, finished = 0, slow = 0;
  while (kills < wanted) {
    const SmallProject project;
    const auto ids = queueRuns(project, kSeeds);
    Store store = project.open();
    for (std::size_t i = 0; i < ids.size(); ++i) {
      for (int attempt = 0; store.run(ids[i]).state != RunState::kFinished; ++attempt) {
        std::string aim = moments[random.below(moments.size())];
        if (random.below(2) == 0) aim = "step " + std::to_string(1 + random.below(36));
        const bool spared = kills >= wanted || attempt == 12;  // it has suffered enough
        bool struck = false;
        double hitAt = 0;
        Striker striker([&](const RunEvent& event) {
          if (spared || momentOf(event) != aim) return false;
          // At the moment itself, or somewhat behind it.
          std::this_thread::sleep_for(std::chrono::microseconds(random.below(2) * random.below(20000)));
          hitWorkers(SIGKILL);
          hitAt = monotonicSeconds();
          struck = true;
          return true;
        });
        workOff(project.path(), {ids[i]}, striker);
        const attune::Run run = store.run(ids[i]);
        if (!struck) {
          ASSERT_EQ(run.state, RunState::kFinished) << run.reason;
          continue;
        }
        ++kills;
        ++killed[aim.starts_with("step") ? "at a step" : aim];
        slow += monotonicSeconds() - hitAt > 2;
        // It may have said its last word before.
        if (run.state == RunState::kFinished) continue;
        ASSERT_EQ(run.state, RunState::kInterrupted) << run.reason;
        ASSERT_TRUE(store.changeState(ids[i], RunState::kInterrupted, RunState::kQueued));
      }
      ++finished;
      EXPECT_EQ(remains(store, ids[i]), golden[i]);
    }
    EXPECT_TRUE(store.checkIntegrity().empty());
    EXPECT_EQ(strayFiles(store), std::vector<std::string>{});
  }
  std::cout << "rows 1, 3: " << kills << " workers killed (";
  for (const auto& [moment, count] : killed) std::cout << moment << " " << count << ", ";
  std::cout << "), " << finished << " runs finished as if nothing had happened, " << slow
            << " interruptions told later than after 2 s\n";
  EXPECT_EQ(slow, 0);
}

TEST(KillStorm, Row2TheProgramDiesAndItsWorkersPutTheirRunsAside) {
  killPrograms("row 2", blows("ATTUNE_KILLS", 140) / 2, [](const SmallProject& project) {
    cli::Options options;
    options.seconds = 120;
    return std::make_unique<cli::Child>(
        std::vector<std::string>{"resume", "--project", project.path(), "--workers", "2", "--json"}, options);
  });
}

// Row 26: a crash would come again, so it is a failure that names its phase; retrying goes on.
TEST(KillStorm, Row26CrashesAreFailuresThatNameTheirPhase) {
  const std::vector<std::string> golden = undisturbed([](const SmallProject& p) { return queueRuns(p, 1); });
  const SmallProject project;
  const auto ids = queueRuns(project, 1);
  Store store = project.open();
  for (const int signal : {SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE}) {
    Striker striker([&](const RunEvent& event) {
      if (momentOf(event) != "step 20") return false;
      hitWorkers(signal);
      return true;
    });
    workOff(project.path(), {ids[0]}, striker);
    const attune::Run run = store.run(ids[0]);
    ASSERT_EQ(run.state, RunState::kFailed);
    EXPECT_NE(run.reason.find("crashed while training (signal " + std::to_string(signal)), std::string::npos)
        << run.reason;
    ASSERT_TRUE(store.changeState(ids[0], RunState::kFailed, RunState::kQueued));
  }
  Striker nobody;
  workOff(project.path(), ids, nobody);
  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(remains(store, ids[i]), golden[i]);
  std::cout << "row 26: 5 crashes told, the run finished as if nothing had happened\n";
}

// Row 13: discarded in every phase, a run is gone at once and nothing of it stays.
TEST(KillStorm, Row13CancellingIsQuickInEveryPhase) {
  const int wanted = blows("ATTUNE_CANCELS", 30);
  const std::vector<std::string> moments{"loading", "tokenising", "started", "training", "looked",
                                         "step 1",  "step 20",    "saving",  "saved",    "evaluating"};
  const SmallProject project;
  Store store = project.open();
  std::vector<double> seconds;
  for (int i = 0; i < wanted; ++i) {
    const std::string aim = moments[static_cast<std::size_t>(i) % moments.size()];
    const auto ids = project.queue({"full"}, {"full.epochs=" + std::to_string(30 + i)});
    std::atomic<double> asked{0};
    RunQueue* queue = nullptr;
    Striker striker([&](const RunEvent& event) {
      if (momentOf(event) != aim) return false;
      asked = monotonicSeconds();
      queue->discard(ids[0]);
      return true;
    });
    RunQueue working(project.path(), worker(), striker);
    queue = &working;
    working.submit(ids);
    ASSERT_TRUE(working.waitUntilIdle(std::chrono::minutes(2)));
    seconds.push_back(monotonicSeconds() - asked);
    const attune::Run run = store.run(ids[0]);
    EXPECT_EQ(run.state, RunState::kCancelled) << aim;
    EXPECT_TRUE(run.scores.empty() || !run.scores.contains("test.accuracy")) << aim;
  }
  std::sort(seconds.begin(), seconds.end());
  std::cout << "row 13: " << wanted << " runs cancelled, median " << seconds[seconds.size() / 2]
            << " s, longest " << seconds.back() << " s\n";
  EXPECT_LT(seconds[seconds.size() * 99 / 100], 2);
  EXPECT_EQ(strayFiles(store), std::vector<std::string>{});
}

}  // namespace
}  // namespace attune::faults
