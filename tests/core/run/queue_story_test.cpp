// What is told and stored while a queue works, and what its unusual moments leave behind.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <set>

#include "core/run/blas.h"
#include "tests/support/run_support.h"

namespace attune {
namespace queue_story_test {

constexpr auto kLimit = std::chrono::minutes(2);
const std::vector<std::string> kLong{"lora.epochs=10000", "lora.patience=0"};

RunQueueOptions here() {
  RunQueueOptions options;
  options.inProcess = true;
  return options;
}

// Acts in the very moment of an event, on the queue's thread.
class ActingObserver final : public RunObserver {
 public:
  explicit ActingObserver(std::function<void(RunId, const RunEvent&)> act) : act_(std::move(act)) {}
  void onEvent(RunId run, const RunEvent& event) override { act_(run, event); }

 private:
  std::function<void(RunId, const RunEvent&)> act_;
};

void killWorkers() {
  for (const pid_t child : childrenOf(::getpid())) ::kill(child, SIGKILL);
}

std::map<std::string, std::string> learned(const attune::Run& run) {
  std::map<std::string, std::string> hashes;
  for (const Artifact& a : run.artifacts)
    hashes[std::filesystem::path(a.path).filename().string()] = a.sha256;
  return hashes;
}

// Whoever hears of something finds it in the project.
TEST(QueueStory, EverythingIsStoredBeforeItIsTold) {
  for (const RunQueueOptions& options : {here(), processes()}) {
    const SmallProject project;
    const auto ids = project.queue({"lora"}, {"lora.max_steps=3"});
    Store store = project.open();
    std::vector<std::string> order;
    ActingObserver observer([&](RunId id, const RunEvent& event) {
      order.push_back(toJson(event).at("event").asString());
      const attune::Run run = store.run(id);
      if (const auto* phase = std::get_if<RunPhase>(&event)) EXPECT_EQ(run.phase, phase->phase);
      if (std::holds_alternative<RunStarted>(event)) EXPECT_EQ(run.state, RunState::kRunning);
      if (const auto* scored = std::get_if<RunScored>(&event); scored && scored->isFinal)
        EXPECT_EQ(run.scores.at(scored->split + ".accuracy"), scored->scores.at("accuracy"));
      if (const auto* answers = std::get_if<RunPredicted>(&event))
        EXPECT_EQ(store.predictions(id, answers->split).size(), answers->predictions.size());
      if (const auto* saved = std::get_if<RunSaved>(&event)) {
        ASSERT_FALSE(run.artifacts.empty());
        EXPECT_EQ(run.artifacts.back().sha256, saved->artifact.sha256);
      }
      if (std::holds_alternative<RunFinished>(event)) {
        EXPECT_EQ(run.state, RunState::kFinished);
        EXPECT_EQ(store.steps(id).size(), 3u);
      }
    });
    RunQueue queue(project.path(), options, observer);
    queue.submit(ids);
    ASSERT_TRUE(queue.waitUntilIdle(kLimit));
    const auto first = [&](const char* name) {
      return std::find(order.begin(), order.end(), name) - order.begin();
    };
    EXPECT_LT(first("started"), first("step"));
    EXPECT_LT(first("step"), first("saved"));
    EXPECT_LT(first("saved"), first("predicted"));
    EXPECT_EQ(first("finished"), static_cast<std::ptrdiff_t>(order.size()) - 1);
  }
}

// The test split is opened once, at the end: nothing of it is known while the run can still change.
TEST(QueueStory, TheTestSplitIsScoredOnceAndLast) {
  const SmallProject project;
  const auto ids = project.queue({"lora"}, {"lora.max_steps=6"});
  bool trained = false;
  int times = 0;
  ActingObserver observer([&](RunId, const RunEvent& event) {
    if (std::holds_alternative<RunSaved>(event)) trained = true;
    if (const auto* scored = std::get_if<RunScored>(&event); scored && scored->split == kTestSplit) {
      ++times;
      EXPECT_TRUE(scored->isFinal);
      EXPECT_TRUE(trained) << "scored before the adapter was written";
    }
  });
  RunQueue queue(project.path(), here(), observer);
  queue.submit(ids);
  ASSERT_TRUE(queue.waitUntilIdle(kLimit));
  EXPECT_EQ(times, 1);
}

TEST(QueueStory, StepsUntilTheKillAreKept) {
  const SmallProject project;
  const auto ids = project.queue({"lora"}, kLong);
  std::int64_t heard = 0;
  ActingObserver observer([&](RunId, const RunEvent& event) {
    if (const auto* step = std::get_if<RunStep>(&event)) heard = step->step;
    if (heard == 5) killWorkers();
  });
  RunQueue queue(project.path(), processes(), observer);
  queue.submit(ids);
  ASSERT_TRUE(queue.waitUntilIdle(kLimit));
  Store store = project.open();
  EXPECT_EQ(store.run(ids[0]).state, RunState::kInterrupted);
  EXPECT_GE(heard, 5);
  EXPECT_EQ(static_cast<std::int64_t>(store.steps(ids[0]).size()), heard);
}

// Killed while it loads, trains, saves or evaluates, and then done again: the same files and scores as a run
// that nobody disturbed, and nothing is left of the first try. A worker that has said everything before the
// signal arrives is finished.
TEST(QueueStory, AnInterruptedRunDoneAgainGivesTheSameResult) {
  const SmallProject undisturbed;
  const std::vector<std::string> settings{"lora.max_steps=6"};
  const auto twin = undisturbed.queue({"lora"}, settings);
  {
    RecordingObserver observer;
    RunQueue queue(undisturbed.path(), processes(), observer);
    queue.submit(twin);
    ASSERT_TRUE(queue.waitUntilIdle(kLimit));
  }
  const attune::Run wanted = undisturbed.open().run(twin[0]);
  ASSERT_EQ(wanted.state, RunState::kFinished) << wanted.reason;
  int interrupted = 0;
  for (const std::string moment : {"loading", "training", "saving", "evaluating"}) {
    SCOPED_TRACE(moment);
    const SmallProject project;
    const auto ids = project.queue({"lora"}, settings);
    bool killed = false;
    ActingObserver observer([&](RunId, const RunEvent& event) {
      const auto* phase = std::get_if<RunPhase>(&event);
      if (killed || !phase || phase->phase != moment) return;
      killed = true;
      killWorkers();
    });
    RunQueue queue(project.path(), processes(), observer);
    queue.submit(ids);
    ASSERT_TRUE(queue.waitUntilIdle(kLimit));
    EXPECT_TRUE(killed);
    Store store = project.open();
    EXPECT_TRUE(store.checkIntegrity().empty());
    if (store.run(ids[0]).state == RunState::kInterrupted) {
      ++interrupted;
      ASSERT_TRUE(store.changeState(ids[0], RunState::kInterrupted, RunState::kQueued));
      EXPECT_TRUE(store.steps(ids[0]).empty());
      EXPECT_TRUE(store.run(ids[0]).artifacts.empty());
      EXPECT_TRUE(store.run(ids[0]).scores.empty());
      queue.submit(ids);
      ASSERT_TRUE(queue.waitUntilIdle(kLimit));
    }
    const attune::Run run = store.run(ids[0]);
    EXPECT_EQ(run.state, RunState::kFinished) << run.reason;
    EXPECT_EQ(learned(run), learned(wanted));
    EXPECT_EQ(run.scores, wanted.scores);
    EXPECT_EQ(store.steps(ids[0]).size(), 6u);
  }
  EXPECT_GE(interrupted, 2);
}

// A child process and a thread of this one compute the same with the same kernels.
TEST(QueueStory, ProcessAndThreadLearnTheSame) {
  const bool chooses = !betterBlasKernels().empty();  // a child would get others
  if (chooses) ::setenv("OPENBLAS_CORETYPE", blasKernels().c_str(), 1);
  std::map<std::string, std::map<std::string, std::string>> hashes[2];
  for (int i = 0; i < 2; ++i) {
    const SmallProject project;
    const auto ids = project.queue({"bag_of_words", "prompt_tuning", "lora"},
                                   {"prompt_tuning.max_steps=4", "lora.max_steps=4"});
    RecordingObserver observer;
    RunQueue queue(project.path(), i == 0 ? here() : processes(2), observer);
    queue.submit(ids);
    ASSERT_TRUE(queue.waitUntilIdle(kLimit));
    Store store = project.open();
    for (const RunId id : ids) {
      const attune::Run run = store.run(id);
      ASSERT_EQ(run.state, RunState::kFinished) << run.reason;
      hashes[i][run.spec.method] = learned(run);
    }
  }
  if (chooses) ::unsetenv("OPENBLAS_CORETYPE");
  EXPECT_EQ(hashes[0], hashes[1]);
}

TEST(QueueStory, InThisProcessToo_StopKeepsAndDiscardDoesNot) {
  const SmallProject project;
  const auto ids = project.queue({"lora"}, kLong, 2);
  RecordingObserver observer;
  RunQueue queue(project.path(), here(), observer);
  queue.submit(ids);
  ASSERT_TRUE(observer.waitFor(ids[0], "step", 2));
  EXPECT_EQ(queue.working(), (std::vector<RunId>{ids[0]}));  // one at a time in one process
  EXPECT_EQ(queue.waiting(), (std::vector<RunId>{ids[1]}));
  queue.stopAndKeep(ids[0]);
  ASSERT_TRUE(observer.waitFor(ids[1], "step", 2));
  queue.discard(ids[1]);
  ASSERT_TRUE(queue.waitUntilIdle(kLimit));
  Store store = project.open();
  EXPECT_EQ(store.run(ids[0]).state, RunState::kStopped);
  EXPECT_TRUE(store.run(ids[0]).scores.contains("test.accuracy"));
  EXPECT_EQ(store.run(ids[1]).state, RunState::kCancelled);
  EXPECT_FALSE(store.run(ids[1]).scores.contains("test.accuracy"));
}

TEST(QueueStory, DiscardIsStrongerThanStop) {
  const SmallProject project;
  const auto ids = project.queue({"lora"}, kLong);
  RecordingObserver observer;
  RunQueue queue(project.path(), processes(), observer);
  queue.submit(ids);
  ASSERT_TRUE(observer.waitFor(ids[0], "step", 2));
  queue.stopAndKeep(ids[0]);
  queue.discard(ids[0]);
  queue.stopAndKeep(ids[0]);  // too late to be kind
  ASSERT_TRUE(queue.waitUntilIdle(kLimit));
  EXPECT_EQ(project.open().run(ids[0]).state, RunState::kCancelled);
}

TEST(QueueStory, TwoWorkersWorkAtTheSameTimeAndStopTogether) {
  const SmallProject project;
  const auto ids = project.queue({"lora"}, kLong, 3);
  RecordingObserver observer;
  RunQueue queue(project.path(), processes(2), observer);
  queue.submit(ids);
  ASSERT_TRUE(observer.waitFor(ids[0], "step"));
  ASSERT_TRUE(observer.waitFor(ids[1], "step"));
  EXPECT_EQ(queue.working(), (std::vector<RunId>{ids[0], ids[1]}));
  queue.stopAndKeepAll();
  ASSERT_TRUE(queue.waitUntilIdle(kLimit));
  Store store = project.open();
  EXPECT_EQ(store.run(ids[0]).state, RunState::kStopped);
  EXPECT_EQ(store.run(ids[1]).state, RunState::kStopped);
  EXPECT_EQ(store.run(ids[2]).state, RunState::kCancelled);
}

TEST(QueueStory, WhatWaitsStaysQueuedWhenTheQueueGoesAway) {
  const SmallProject project;
  const auto ids = project.queue({"lora"}, kLong, 2);
  {
    RecordingObserver observer;
    RunQueue queue(project.path(), processes(), observer);
    queue.submit(ids);
    ASSERT_TRUE(observer.waitFor(ids[0], "started"));
  }
  Store store = project.open();
  EXPECT_EQ(store.run(ids[0]).state, RunState::kInterrupted);
  EXPECT_EQ(store.queuedRuns(), (std::vector<RunId>{ids[1]}));
  EXPECT_TRUE(childrenOf(::getpid()).empty()) << "a worker outlived its queue";
}

// What is done already, is not there or was submitted twice is passed over.
TEST(QueueStory, OddSubmissionsDoNotStopTheQueue) {
  const SmallProject project;
  const auto ids = project.queue({"majority", "bag_of_words"});
  RecordingObserver observer;
  RunQueue queue(project.path(), here(), observer);
  queue.submit({ids[0], RunId{4711}, ids[0]});
  ASSERT_TRUE(queue.waitUntilIdle(kLimit));
  queue.submit(ids);
  ASSERT_TRUE(queue.waitUntilIdle(kLimit));
  Store store = project.open();
  for (const RunId id : ids) EXPECT_EQ(store.run(id).state, RunState::kFinished);
  const auto told = observer.events(ids[0]);
  EXPECT_EQ(std::count(told.begin(), told.end(), "finished"), 1);
  EXPECT_EQ(store.allRuns().size(), 2u);
  queue.stopAndKeep(ids[0]);  // nothing to stop
  queue.discard(RunId{4711});
  EXPECT_TRUE(queue.isIdle());
  EXPECT_EQ(store.run(ids[0]).state, RunState::kFinished);
}

}  // namespace queue_story_test
}  // namespace attune
