#include <gtest/gtest.h>

#include <functional>

#include "core/base/error.h"
#include "core/study/run_event.h"
#include "core/study/study.h"

namespace attune {
namespace {

Study study() {
  Study s;
  s.name = "n";
  s.datasetHash = "d";
  s.splitHash = "p";
  s.base = {"bundled", "/somewhere", "b"};
  ParamSet params;
  params.set("r", std::int64_t{8});
  s.methods = {{"untuned", "Untuned", {}, false}, {"lora", "LoRA", params, true}};
  s.seeds = 3;
  s.firstSeed = 5;
  return s;
}

TEST(Expand, GoesSeedBySeedAndRunsUnseededMethodsOnce) {
  std::vector<std::pair<std::string, std::uint64_t>> order;
  for (const RunSpec& spec : expand(study())) order.emplace_back(spec.method, spec.seed);
  const std::vector<std::pair<std::string, std::uint64_t>> want{
      {"untuned", 5}, {"lora", 5}, {"lora", 6}, {"lora", 7}};
  EXPECT_EQ(order, want);
}

TEST(RunSpec, KeyDependsOnWhatMattersAlone) {
  RunSpec a = expand(study())[1];
  RunSpec moved = a;
  moved.base.path = "/elsewhere";
  moved.base.name = "other name";
  EXPECT_EQ(a.key(), moved.key());
  RunSpec seeded = a;
  seeded.seed = 9;
  EXPECT_NE(a.key(), seeded.key());
  EXPECT_EQ(a.configurationKey(), seeded.configurationKey());
  for (const auto& change : std::vector<std::function<void(RunSpec&)>>{
           [](RunSpec& s) { s.method = "full"; }, [](RunSpec& s) { s.params.set("r", std::int64_t{4}); },
           [](RunSpec& s) { s.datasetHash = "x"; }, [](RunSpec& s) { s.splitHash = "x"; },
           [](RunSpec& s) { s.base.hash = "x"; }, [](RunSpec& s) { s.budget.maxSteps = 1; },
           [](RunSpec& s) { s.threads = 2; }, [](RunSpec& s) { s.device = "cuda"; }}) {
    RunSpec other = a;
    change(other);
    EXPECT_NE(a.key(), other.key());
    EXPECT_NE(a.configurationKey(), other.configurationKey());
  }
  EXPECT_EQ(RunSpec::fromJson(a.toJson()).key(), a.key());
}

TEST(Study, SurvivesJson) {
  EXPECT_EQ(Study::fromJson(study().toJson()).toJson().dump(), study().toJson().dump());
}

TEST(RunState, NeverLeavesAResultAndOnlyWorksAfterStarting) {
  EXPECT_FALSE(mayChange(RunState::kFinished, RunState::kQueued));
  EXPECT_FALSE(mayChange(RunState::kQueued, RunState::kRunning));
  EXPECT_TRUE(mayChange(RunState::kInterrupted, RunState::kQueued));
  for (const char* name : {"queued", "starting", "running", "finished", "stopped", "cancelled", "interrupted",
                           "failed", "diverged"})
    EXPECT_STREQ(runStateName(runStateFromName(name)), name);
  EXPECT_THROW(runStateFromName("done"), Error);
}

TEST(RunEvent, EveryKindSurvivesTheWayThroughAPipe) {
  RunCost cost;
  cost.trainSeconds = 1.5;
  cost.peakBytes = 123456789012;
  const std::vector<RunEvent> events{RunStarted{10, 20, 30, Json().set("cpu", "x")},
                                     RunPhase{"training"},
                                     RunStep{3, 0.25, 1e-3, 2.0, 0.5, 48},
                                     RunScored{"validation", 3, {{"accuracy", 0.75}}, false},
                                     RunPredicted{"test", {{7, 1, 0, {0.25f, 0.75f}}}},
                                     RunSaved{{"adapter", "runs/1/a", 5, "ff"}},
                                     RunFinished{RunState::kStopped, "why", cost},
                                     RunFailed{"io", "m", "h"},
                                     RunCancelled{},
                                     RunInterrupted{"gone"}};
  for (const RunEvent& event : events) {
    const std::string line = toJson(event).dump();
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_EQ(toJson(runEventFromJson(parseJson(line, "pipe"))).dump(), line);
  }
}

}  // namespace
}  // namespace attune
