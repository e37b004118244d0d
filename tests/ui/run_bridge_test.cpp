#include "ui/run_bridge.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/support/ui_fixture.h"
#include "ui/live_runs.h"

namespace attune {
namespace {

TEST(RunBridge, DeliversAtMostTenBurstsASecondAndLosesNothing) {
  RunBridge bridge;
  std::vector<qint64> times;
  std::size_t steps = 0;
  bool ended = false;
  QElapsedTimer watch;
  watch.start();
  QObject::connect(&bridge, &RunBridge::burst, &bridge, [&](const RunBurst& updates) {
    times.push_back(watch.elapsed());
    for (const RunUpdate& update : updates) {
      steps += update.steps.size();
      ended |= update.ended.has_value();
    }
  });
  constexpr int kEvents = 4000;
  std::thread worker([&bridge] {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(700);
    for (int i = 0; i < kEvents; ++i) {
      RunStep step;
      step.step = i + 1;
      bridge.onEvent({1 + i % 2}, step);
      std::this_thread::sleep_until(end - std::chrono::microseconds(175 * (kEvents - i)));
    }
    bridge.onEvent({1}, RunFinished{});
  });
  EXPECT_TRUE(testing::eventually([&] { return ended; }));
  worker.join();
  EXPECT_EQ(steps, static_cast<std::size_t>(kEvents));
  for (std::size_t i = 1; i < times.size(); ++i) {
    // The timer may be a millisecond early.
    EXPECT_GE(times[i] - times[i - 1], RunBridge::kMillisecondsBetweenBursts - 2);
  }
}

TEST(RunBridge, DeliversOnTheThreadOfTheWindow) {
  RunBridge bridge;
  std::thread::id seen;
  QObject::connect(&bridge, &RunBridge::burst, &bridge,
                   [&](const RunBurst&) { seen = std::this_thread::get_id(); });
  std::thread([&bridge] { bridge.onEvent({1}, RunPhase{"training"}); }).join();
  EXPECT_TRUE(testing::eventually([&] { return seen != std::thread::id(); }));
  EXPECT_EQ(seen, std::this_thread::get_id());
}

TEST(LiveRuns, TellsProgressAndTimeLeftOnlyWhenItCanBeTold) {
  RunBridge bridge;
  LiveRuns live(bridge);
  int ends = 0;
  QObject::connect(&live, &LiveRuns::runEnded, &live, [&](RunId, RunState) { ++ends; });
  RunStarted started;
  started.totalSteps = 100;
  bridge.onEvent({1}, started);
  RunStep step;
  step.step = 2;
  step.seconds = 1;
  bridge.onEvent({1}, step);
  ASSERT_TRUE(testing::eventually([&] { return live.find({1}) != nullptr && live.find({1})->step == 2; }));
  EXPECT_DOUBLE_EQ(live.find({1})->progress(), 0.02);
  EXPECT_LT(live.find({1})->secondsLeft(), 0) << "before 5 % it cannot be told";
  step.step = 50;
  step.seconds = 20;
  bridge.onEvent({1}, step);
  bridge.onEvent({1}, RunFinished{});
  ASSERT_TRUE(testing::eventually([&] { return ends == 1; }));
  EXPECT_DOUBLE_EQ(live.find({1})->secondsLeft(), 20);
  EXPECT_EQ(live.find({1})->state, RunState::kFinished);
}

}  // namespace
}  // namespace attune
