#include "core/store/run_state.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "core/base/error.h"
#include "core/store/store.h"
#include "tests/support/store_fixture.h"

namespace attune {
namespace {

using namespace store_fixture;

constexpr RunState kAllStates[] = {RunState::kQueued,      RunState::kStarting, RunState::kRunning,
                                   RunState::kFinished,    RunState::kStopped,  RunState::kCancelled,
                                   RunState::kInterrupted, RunState::kFailed,   RunState::kDiverged};

class RunStateTest : public testing::Test {
 protected:
  // A run in the given state, on the shortest way there.
  RunId runIn(RunState state) {
    const RunId id = store_.addRuns(study_, {spec(++seed_)}).front();
    if (state == RunState::kQueued) return id;
    EXPECT_TRUE(store_.changeState(id, RunState::kQueued, RunState::kStarting));
    if (state == RunState::kStarting) return id;
    EXPECT_TRUE(store_.changeState(id, RunState::kStarting, RunState::kRunning));
    if (state == RunState::kRunning) return id;
    EXPECT_TRUE(store_.changeState(id, RunState::kRunning, state));
    return id;
  }

  Folder folder_;
  Store store_{folder_.file("p.attune"), OpenMode::kCreateOrOpen};
  StudyId study_ = store_.addStudy(study());
  std::uint64_t seed_ = 0;
};

TEST_F(RunStateTest, ChangesOnlyAsAllowedAndOnlyFromTheStateItIsIn) {
  for (const RunState from : kAllStates)
    for (const RunState to : kAllStates) {
      const RunId id = runIn(from);
      for (const RunState wrong : kAllStates)
        EXPECT_TRUE(wrong == from || !store_.changeState(id, wrong, to));
      EXPECT_EQ(store_.run(id).state, from);
      EXPECT_EQ(store_.changeState(id, from, to, "why"), mayChange(from, to))
          << runStateName(from) << " -> " << runStateName(to);
      const auto run = store_.run(id);
      EXPECT_EQ(run.state, mayChange(from, to) ? to : from);
      EXPECT_EQ(run.reason, mayChange(from, to) ? "why" : "");
      EXPECT_EQ(run.endedMs > 0, isEnded(run.state));
    }
}

TEST_F(RunStateTest, TwoThreadsClaimAHundredRunsAndEachRunIsTakenOnce) {
  std::vector<RunId> ids = store_.addRuns(study_, specs(100));
  std::atomic<int> wins[100] = {};
  std::atomic<int> ready{0};
  const auto claimAll = [&] {
    Store own(store_.path(), OpenMode::kOpen);
    ++ready;
    while (ready < 2) std::this_thread::yield();
    for (std::size_t i = 0; i < ids.size(); ++i)
      if (own.claim(ids[i], RunOwner::thisProcess())) ++wins[i];
  };
  std::thread one(claimAll), two(claimAll);
  one.join();
  two.join();
  for (const auto& count : wins) EXPECT_EQ(count, 1);
  EXPECT_TRUE(store_.queuedRuns().empty());
}

TEST_F(RunStateTest, TwoThreadsThatWriteAtOnceLoseNothing) {
  const RunId a = runIn(RunState::kRunning), b = runIn(RunState::kRunning);
  const auto write = [&](RunId id) {
    Store own(store_.path(), OpenMode::kOpen);
    for (std::int64_t step = 1; step <= 500; ++step) own.appendSteps(id, {{step, 1, 1, 1, 1, step}});
  };
  std::thread one(write, a), two(write, b);
  one.join();
  two.join();
  EXPECT_EQ(store_.steps(a).size(), 500u);
  EXPECT_EQ(store_.steps(b).size(), 500u);
}

TEST_F(RunStateTest, WhatComesFromAWorkerTooLateIsRefused) {
  const RunEvent late[] = {RunStarted{},
                           RunPhase{"x"},
                           RunStep{},
                           RunScored{kTestSplit, 1, {{"accuracy", 1}}, true},
                           RunPredicted{kTestSplit, {{0, 0, 0, {}}}},
                           RunSaved{{"adapter", "a", 1, "h"}},
                           RunFinished{}};
  for (const RunState state : {RunState::kQueued, RunState::kCancelled, RunState::kInterrupted}) {
    const RunId id = runIn(state);
    for (const RunEvent& event : late) {
      try {
        store_.apply(id, event);
        ADD_FAILURE() << toJson(event).dump() << " accepted by a run that is " << runStateName(state);
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kConflict);
      }
    }
    const auto run = store_.run(id);
    EXPECT_EQ(run.state, state);
    EXPECT_TRUE(run.scores.empty());
    EXPECT_TRUE(run.artifacts.empty());
    EXPECT_TRUE(store_.steps(id).empty());
    EXPECT_TRUE(store_.predictions(id, kTestSplit).empty());
  }
}

TEST_F(RunStateTest, EndingTwiceInTheSameWayKeepsTheFirstReason) {
  const RunId id = runIn(RunState::kRunning);
  store_.apply(id, RunInterrupted{"first"});
  store_.apply(id, RunInterrupted{"second"});
  EXPECT_EQ(store_.run(id).reason, "first");
}

TEST_F(RunStateTest, AFailureSaysWhatHappenedAndWhatToDo) {
  const RunId id = runIn(RunState::kStarting), other = runIn(RunState::kRunning);
  store_.apply(id, RunFailed{"io", "The disk is full.", "Free 40 MB."});
  EXPECT_EQ(store_.run(id).reason, "The disk is full. Free 40 MB.");
  store_.apply(other, RunFailed{"io", "The disk is full.", ""});
  EXPECT_EQ(store_.run(other).reason, "The disk is full.");
}

TEST_F(RunStateTest, ARunWhoseFirstMessageIsItsEndIsFinished) {
  const RunId id = runIn(RunState::kStarting);
  store_.apply(id, RunFinished{});
  EXPECT_EQ(store_.run(id).state, RunState::kFinished);
}

TEST_F(RunStateTest, OnlyRunsWithoutALivingOwnerAreInterrupted) {
  const auto claimed = [&](const RunOwner& owner) {
    const RunId id = runIn(RunState::kQueued);
    EXPECT_TRUE(store_.claim(id, owner));
    return id;
  };
  const RunOwner self = RunOwner::thisProcess();
  RunOwner otherBoot = self, reusedNumber = self;
  otherBoot.bootId = "00000000-0000-0000-0000-000000000000";
  reusedNumber.processStart -= 1;
  const RunId alive = claimed(self);
  const RunId restarted = claimed(otherBoot), reused = claimed(reusedNumber);
  store_.apply(reused, RunStarted{});
  const RunId queued = runIn(RunState::kQueued), finished = runIn(RunState::kFinished);
  EXPECT_EQ(store_.markInterrupted(), (std::vector<RunId>{restarted, reused}));
  EXPECT_EQ(store_.run(alive).state, RunState::kStarting);
  EXPECT_EQ(store_.run(queued).state, RunState::kQueued);
  EXPECT_EQ(store_.run(finished).state, RunState::kFinished);
  EXPECT_EQ(store_.run(restarted).state, RunState::kInterrupted);
  EXPECT_NE(store_.run(restarted).reason.find("restarted"), std::string::npos);
  EXPECT_NE(store_.run(reused).reason.find("process"), std::string::npos);
  EXPECT_GT(store_.run(reused).endedMs, 0);
  EXPECT_TRUE(store_.markInterrupted().empty());
}

TEST(RunOwner, IsThisProcess) {
  const RunOwner self = RunOwner::thisProcess();
  EXPECT_EQ(self.pid, ::getpid());
  EXPECT_EQ(self.bootId.size(), 36u);
  EXPECT_GT(self.processStart, 0);
  EXPECT_TRUE(self.isAlive());
  EXPECT_FALSE(RunOwner().isAlive());
}

TEST(RunOwner, ReadsTheStartOfAProcessWithBlanksAndParenthesesInItsName) {
  const RunOwner before = RunOwner::thisProcess();
  char old[16] = {};
  ASSERT_EQ(::prctl(PR_GET_NAME, old), 0);
  ASSERT_EQ(::prctl(PR_SET_NAME, ") Z 1 (a) 2"), 0);
  EXPECT_EQ(RunOwner::thisProcess().processStart, before.processStart);
  EXPECT_TRUE(before.isAlive());
  ::prctl(PR_SET_NAME, old);
}

TEST(RunOwner, AKilledProcessIsDeadEvenBeforeItsParentNoticed) {
  int link[2];
  ASSERT_EQ(::pipe(link), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const RunOwner self = RunOwner::thisProcess();
    const ssize_t written = ::write(link[1], &self.processStart, sizeof self.processStart);
    for (;;)
      if (written < 0 || ::pause() != 0) ::_exit(1);
  }
  RunOwner owner = RunOwner::thisProcess();
  owner.pid = child;
  ASSERT_EQ(::read(link[0], &owner.processStart, sizeof owner.processStart),
            static_cast<ssize_t>(sizeof owner.processStart));
  EXPECT_TRUE(owner.isAlive());
  ::kill(child, SIGKILL);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);  // leaves it a zombie
  EXPECT_FALSE(owner.isAlive());
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_FALSE(owner.isAlive());
  ::close(link[0]);
  ::close(link[1]);
}

}  // namespace
}  // namespace attune
