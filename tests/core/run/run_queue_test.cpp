#include "core/run/run_queue.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>
#include <thread>

#include "core/base/error.h"
#include "tests/support/run_support.h"

namespace attune {
namespace run_queue_test {

constexpr auto kLimit = std::chrono::minutes(2);
const std::vector<std::string> kLong{"lora.epochs=10000", "lora.patience=0"};

RunQueueOptions inThisProcess() {
  RunQueueOptions options;
  options.inProcess = true;
  return options;
}

TEST(RunQueue, DoesRunsInOrderAndStoresWhatTheyFound) {
  for (const RunQueueOptions& options : {inThisProcess(), processes()}) {
    const SmallProject project;
    const auto ids = project.queue({"majority", "untuned", "lora"}, {"lora.max_steps=3"});
    RecordingObserver observer;
    {
      RunQueue queue(project.path(), options, observer);
      queue.submit(ids);
      ASSERT_TRUE(queue.waitUntilIdle(kLimit));
    }
    Store store = project.open();
    for (const RunId id : ids) {
      const attune::Run run = store.run(id);
      EXPECT_EQ(run.state, RunState::kFinished) << run.reason;
      EXPECT_TRUE(run.scores.contains("test.accuracy"));
      EXPECT_FALSE(store.predictions(id, kTestSplit).empty());
      EXPECT_GT(run.cost.peakBytes, 0);
      for (const Artifact& a : run.artifacts)
        EXPECT_EQ(fileSize(store.filesFolder() + "/" + a.path), a.bytes) << a.path;
    }
    EXPECT_EQ(store.steps(ids[2]).size(), 3u);
    const auto events = observer.events(ids[2]);
    EXPECT_EQ(events.front(), "phase");
    EXPECT_EQ(events.back(), "finished");
    EXPECT_EQ(std::count(events.begin(), events.end(), "step"), 3);
  }
}

TEST(RunQueue, TheSameSpecGivesTheSameAdapterByteForByte) {
  std::vector<std::string> hashes;
  for (int i = 0; i < 2; ++i) {
    const SmallProject project;
    const auto ids = project.queue({"prompt_tuning", "lora", "full"}, {"all.max_steps=4"});
    RecordingObserver observer;
    RunQueue queue(project.path(), processes(), observer);
    queue.submit(ids);
    ASSERT_TRUE(queue.waitUntilIdle(kLimit));
    Store store = project.open();
    std::string all;
    for (const RunId id : ids)
      for (const Artifact& a : store.run(id).artifacts)
        all += std::filesystem::path(a.path).filename().string() + a.sha256 + "\n";
    hashes.push_back(all);
  }
  EXPECT_FALSE(hashes[0].empty());
  EXPECT_EQ(hashes[0], hashes[1]);
}

// Notes which workers there are whenever a run begins to load.
class Workers final : public RunObserver {
 public:
  void onEvent(RunId, const RunEvent& event) override {
    const auto* phase = std::get_if<RunPhase>(&event);
    if (!phase || phase->phase != "loading") return;
    for (const pid_t child : childrenOf(::getpid())) seen.insert(child);
    ++loads;
  }
  std::set<pid_t> seen;
  int loads = 0;
};

TEST(RunQueue, AWorkerDoesOneRunAfterTheOtherAndGoesWhenThereIsNone) {
  const SmallProject project;
  const auto ids =
      project.queue({"full", "untuned", "prompt_tuning"}, {"full.max_steps=4", "prompt_tuning.max_steps=4"});
  Workers workers;
  RunQueue queue(project.path(), processes(), workers);
  const auto noneLeft = [] {
    for (int i = 0; i < 200 && !childrenOf(::getpid()).empty(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return childrenOf(::getpid()).empty();
  };
  queue.submit(ids);
  ASSERT_TRUE(queue.waitUntilIdle(kLimit));
  EXPECT_EQ(workers.loads, 3);
  EXPECT_EQ(workers.seen.size(), 1U);
  EXPECT_TRUE(noneLeft());
  // Memory is each run's own: the untuned model does not answer for full fine-tuning's moments.
  Store store = project.open();
  std::map<std::string, std::int64_t> peaks;
  for (const RunId id : ids) {
    const attune::Run run = store.run(id);
    EXPECT_EQ(run.state, RunState::kFinished) << run.reason;
    peaks[run.spec.method] = run.cost.peakBytes;
  }
  EXPECT_LT(peaks["untuned"], peaks["full"] - (32 << 20));

  const auto more = project.queue({"bag_of_words"});
  queue.submit(more);
  ASSERT_TRUE(queue.waitUntilIdle(kLimit));
  EXPECT_EQ(store.run(more[0]).state, RunState::kFinished);
  EXPECT_TRUE(noneLeft());
}

TEST(RunQueue, AWorkerThatDiesBetweenTwoRunsIsReplaced) {
  const SmallProject project;
  const auto ids = project.queue({"majority", "untuned", "bag_of_words"});
  // Killed when its run has ended, before or while the next one is sent.
  class Killer final : public RunObserver {
   public:
    void onEvent(RunId, const RunEvent& event) override {
      if (!std::holds_alternative<RunFinished>(event)) return;
      for (const pid_t child : childrenOf(::getpid())) ::kill(child, SIGKILL);
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  } killer;
  RunQueue queue(project.path(), processes(), killer);
  queue.submit(ids);
  ASSERT_TRUE(queue.waitUntilIdle(kLimit));
  Store store = project.open();
  for (const RunId id : ids) EXPECT_EQ(store.run(id).state, RunState::kFinished) << store.run(id).reason;
}

TEST(RunQueue, StopAndKeepEvaluatesWhatWasLearned) {
  const SmallProject project;
  const auto ids = project.queue({"lora"}, kLong, 2);
  RecordingObserver observer;
  RunQueue queue(project.path(), processes(), observer);
  queue.submit(ids);
  ASSERT_TRUE(observer.waitFor(ids[0], "step", 3));
  queue.stopAndKeep(ids[1]);  // has not begun
  queue.stopAndKeep(ids[0]);
  ASSERT_TRUE(queue.waitUntilIdle(kLimit));
  Store store = project.open();
  EXPECT_EQ(store.run(ids[0]).state, RunState::kStopped);
  EXPECT_TRUE(store.run(ids[0]).scores.contains("test.accuracy"));
  EXPECT_NE(store.run(ids[0]).reason.find("stopped at step"), std::string::npos);
  EXPECT_EQ(store.run(ids[1]).state, RunState::kCancelled);
}

TEST(RunQueue, DiscardThrowsTheWorkAway) {
  const SmallProject project;
  const auto ids = project.queue({"lora"}, kLong);
  RecordingObserver observer;
  RunQueue queue(project.path(), processes(), observer);
  queue.submit(ids);
  ASSERT_TRUE(observer.waitFor(ids[0], "step", 2));
  queue.discard(ids[0]);
  ASSERT_TRUE(queue.waitUntilIdle(kLimit));
  Store store = project.open();
  EXPECT_EQ(store.run(ids[0]).state, RunState::kCancelled);
  EXPECT_FALSE(store.run(ids[0]).scores.contains("test.accuracy"));
}

TEST(RunQueue, WaitsWhilePausedAndTakesTheFrontFirst) {
  const SmallProject project;
  const auto ids = project.queue({"majority", "bag_of_words"});
  RecordingObserver observer;
  RunQueue queue(project.path(), inThisProcess(), observer);
  queue.setPaused(true);
  queue.submit(ids);
  queue.moveToFront(ids[1]);
  EXPECT_EQ(queue.waiting(), (std::vector<RunId>{ids[1], ids[0]}));
  EXPECT_FALSE(queue.isIdle());
  queue.setPaused(false);
  ASSERT_TRUE(queue.waitUntilIdle(kLimit));
  Store store = project.open();
  EXPECT_LE(store.run(ids[1]).startedMs, store.run(ids[0]).startedMs);
}

TEST(RunQueue, AQueueThatGoesAwayLeavesInterruptedRuns) {
  const SmallProject project;
  const auto ids = project.queue({"lora"}, kLong);
  RecordingObserver observer;
  {
    RunQueue queue(project.path(), processes(), observer);
    queue.submit(ids);
    ASSERT_TRUE(observer.waitFor(ids[0], "step", 2));
  }
  Store store = project.open();
  EXPECT_EQ(store.run(ids[0]).state, RunState::kInterrupted);
}

// kill -9 of the worker in the middle of a run, at twenty moments: the run is interrupted, the project
// intact, and the queue goes on with the next one.
TEST(RunQueue, SurvivesTwentyKilledWorkers) {
  const SmallProject project;
  int interrupted = 0;
  for (int round = 0; round < 20; ++round) {
    const auto victim = project.queue(
        {"lora"}, {"lora.epochs=10000", "lora.patience=0", "lora.r=" + std::to_string(round + 1)});
    const auto next = project.queue({"majority"});
    RecordingObserver observer;
    RunQueue queue(project.path(), processes(), observer);
    queue.submit(victim);
    queue.submit(next);
    // From the very start to the middle of training.
    ASSERT_TRUE(round == 0   ? observer.waitFor(victim[0], "phase", 1)
                : round == 1 ? observer.waitFor(victim[0], "phase", 2)
                             : observer.waitFor(victim[0], "step", 1 + round % 7));
    for (const pid_t child : childrenOf(::getpid())) ::kill(child, SIGKILL);
    ASSERT_TRUE(queue.waitUntilIdle(kLimit));
    Store store = project.open();
    const attune::Run run = store.run(victim[0]);
    EXPECT_EQ(run.state, RunState::kInterrupted) << run.reason;
    EXPECT_NE(run.reason.find("signal 9"), std::string::npos) << run.reason;
    EXPECT_EQ(store.run(next[0]).state, RunState::kFinished);
    EXPECT_TRUE(store.checkIntegrity().empty());
    interrupted += run.state == RunState::kInterrupted ? 1 : 0;
  }
  EXPECT_EQ(interrupted, 20);
}

// kill -9 of the program that owns the queue (here the command line): its worker goes too, and the next one
// to look finds the run interrupted.
TEST(RunQueue, AKilledProgramLeavesNoWorkerAndAnInterruptedRun) {
  const SmallProject project;
  const auto ids = project.queue({"lora"}, kLong);
  const pid_t program = ::fork();
  ASSERT_GE(program, 0);
  if (program == 0) {
    ::execl(ATTUNE_CLI, ATTUNE_CLI, "resume", "--project", project.path().c_str(), "--quiet",
            static_cast<char*>(nullptr));
    ::_exit(127);
  }
  const auto within = [](std::chrono::seconds limit, const auto& condition) {
    for (const auto end = std::chrono::steady_clock::now() + limit; std::chrono::steady_clock::now() < end;) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return condition();
  };
  ASSERT_TRUE(within(std::chrono::seconds(60),
                     [&] { return project.open().run(ids[0]).state == RunState::kRunning; }));
  const auto workers = childrenOf(program);
  ASSERT_EQ(workers.size(), 1u);
  ::kill(program, SIGKILL);
  ::waitpid(program, nullptr, 0);
  EXPECT_TRUE(within(std::chrono::seconds(10), [&] { return ::kill(workers[0], 0) != 0; }))
      << "the worker outlived it";
  Store store = project.open();
  EXPECT_EQ(store.markInterrupted(), ids);
  EXPECT_EQ(store.run(ids[0]).state, RunState::kInterrupted);
  EXPECT_TRUE(store.checkIntegrity().empty());
}

TEST(RunQueue, SaysWhyARunCannotBeginAndGoesOn) {
  const SmallProject project;
  RecordingObserver observer;
  const auto lost = project.queue({"untuned"}, {}, 1, "/there/is/no/such/base");
  const auto fine = project.queue({"majority"});
  {
    RunQueue queue(project.path(), processes(), observer);
    queue.submit(lost);
    queue.submit(fine);
    ASSERT_TRUE(queue.waitUntilIdle(kLimit));
  }
  Store store = project.open();
  EXPECT_EQ(store.run(lost[0]).state, RunState::kFailed);
  EXPECT_NE(store.run(lost[0]).reason.find("/there/is/no/such/base"), std::string::npos);
  EXPECT_EQ(store.run(fine[0]).state, RunState::kFinished);

  const auto unstarted = project.queue({"bag_of_words"});
  RunQueueOptions options = processes();
  options.workerProgram = "/no/such/program";
  RunQueue queue(project.path(), options, observer);
  queue.submit(unstarted);
  ASSERT_TRUE(queue.waitUntilIdle(kLimit));
  EXPECT_EQ(store.run(unstarted[0]).state, RunState::kFailed);
  EXPECT_NE(store.run(unstarted[0]).reason.find("/no/such/program"), std::string::npos);
}

TEST(MakeStudy, NamesTheNearestParameterAndKeepsTheCommandThatRepeatsIt) {
  try {
    chooseMethods({"lora"}, "quick", {"lora.lerning_rate=1"});
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.hint(), "Did you mean 'learning_rate'?");
  }
  StudyRequest request;
  request.dataset.name = "my data";
  request.dataset.labels = {"a", "b"};
  request.base.name = "bundled";
  request.projectPath = "p.attune";
  request.preset = "standard";
  request.methods = chooseMethods({"full", "untuned"}, request.preset, {"full.epochs=3"});
  request.seeds = 3;
  const Study study = makeStudy(request);
  EXPECT_EQ(study.methods.front().method, "untuned");  // catalog order, cheapest first
  EXPECT_EQ(study.repeatCommand,
            "attune-cli compare --project p.attune --data 'my data' --base bundled --methods untuned,full "
            "--preset standard --seeds 3 --set full.epochs=3");
  EXPECT_EQ(countRuns(study.methods, 3), 4);
}

}  // namespace run_queue_test
}  // namespace attune
