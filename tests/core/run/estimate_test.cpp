#include "core/run/estimate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "core/base/file.h"
#include "core/method/catalog.h"
#include "core/model/config.h"
#include "core/model/gemm.h"
#include "core/run/calibrate.h"
#include "core/run/memory.h"
#include "tests/support/run_support.h"

namespace attune {
namespace estimate_test {

constexpr double kGflops = 50;

std::string baseFolder() { return std::string(ATTUNE_SOURCE_DIR) + "/resources/base"; }

// `rows` short texts, a sixth of them for the test.
Dataset dataset(int rows, int words = 8) {
  std::vector<Example> examples;
  std::vector<Split> splits;
  for (int i = 0; i < rows; ++i) {
    std::string text = "row " + std::to_string(i);
    for (int w = 0; w < words; ++w) text += " parcel";
    examples.push_back({text, i % 2, i + 2});
    splits.push_back(i % 6 == 4 ? Split::kValidation : i % 6 == 5 ? Split::kTest : Split::kTrain);
  }
  return Dataset("rows", {"a", "b"}, examples, splits);
}

Study study(const std::vector<std::string>& methods, const std::vector<std::string>& settings = {}) {
  Study s;
  s.methods = chooseMethods(methods, "quick", settings);
  return s;
}

StudyEstimate estimated(const Study& s, const Dataset& data, int workers = 1, double gflops = kGflops) {
  return estimateStudy(s, data, describeModel(baseFolder()), gflops, workers);
}

double secondsOf(const std::string& method, const Dataset& data,
                 const std::vector<std::string>& settings = {}) {
  const Study s = study({method}, settings);
  return estimated(s, data).methods.at(s.methods.front().title).seconds;
}

TEST(Estimate, HasAPositiveFiniteNumberForEveryMethod) {
  const Study s = study({"all"});
  const StudyEstimate e = estimated(s, dataset(600));
  EXPECT_EQ(e.methods.size(), methodCatalog().size());
  for (const auto& [title, m] : e.methods) {
    EXPECT_TRUE(std::isfinite(m.seconds)) << title;
    EXPECT_GT(m.seconds, 0) << title;
    EXPECT_GT(m.peakBytes, 50 << 20) << title;
    EXPECT_LT(m.peakBytes, std::int64_t{4} << 30) << title;
  }
  EXPECT_GT(e.secondsLow, 0);
  EXPECT_LT(e.secondsLow, e.secondsHigh);
}

TEST(Estimate, MoreWorkTakesLonger) {
  const Dataset small = dataset(600), large = dataset(2400), wordy = dataset(600, 32);
  for (const char* method : {"untuned", "lora", "full", "prompt_tuning"}) {
    EXPECT_GT(secondsOf(method, large), secondsOf(method, small)) << method;
    EXPECT_GT(secondsOf(method, wordy), secondsOf(method, small)) << method;
  }
  EXPECT_GT(secondsOf("lora", small), secondsOf("untuned", small));
  EXPECT_GT(secondsOf("full", small), secondsOf("lora", small));  // every weight needs its own gradient
  EXPECT_GT(secondsOf("lora", small, {"lora.epochs=9"}), secondsOf("lora", small, {"lora.epochs=3"}));
  EXPECT_LT(secondsOf("lora", small, {"lora.max_steps=2"}), secondsOf("lora", small));
  EXPECT_GT(secondsOf("prompt_tuning", small, {"prompt_tuning.num_virtual_tokens=64"}),
            secondsOf("prompt_tuning", small, {"prompt_tuning.num_virtual_tokens=4"}));
}

TEST(Estimate, SeedsWorkersSpeedAndBudgetCount) {
  const Dataset data = dataset(600);
  Study one = study({"untuned", "lora", "prompt_tuning", "full"});
  Study three = one;
  three.seeds = 3;
  EXPECT_GT(estimated(three, data).secondsHigh, 2 * estimated(one, data).secondsHigh);
  EXPECT_LT(estimated(three, data, 2).secondsHigh, estimated(three, data, 1).secondsHigh);
  EXPECT_GE(estimated(three, data, 2).secondsHigh, estimated(three, data, 1).secondsHigh / 2 - 1e-9);
  EXPECT_GT(estimated(three, data, 2).peakBytes, estimated(three, data, 1).peakBytes);
  EXPECT_LT(estimated(one, data, 1, 100).secondsHigh, estimated(one, data, 1, 50).secondsHigh);
  Study limited = one;
  limited.budget.maxSteps = 2;
  EXPECT_LT(estimated(limited, data).secondsHigh, estimated(one, data).secondsHigh);
  limited = one;
  limited.budget.trainRows = 40;
  EXPECT_LT(estimated(limited, data).secondsHigh, estimated(one, data).secondsHigh);
}

// 600 rows leave 100 for the test: sqrt(7.84 * 0.15 / 100) = 0.1084.
TEST(Estimate, TheSmallestGapFollowsFromTheTestRows) {
  EXPECT_NEAR(estimated(study({"majority"}), dataset(600)).smallestDetectableGap, 0.1084, 1e-4);
  EXPECT_NEAR(estimated(study({"majority"}), dataset(2400)).smallestDetectableGap, 0.0542, 1e-4);
}

TEST(Estimate, ASplitWithoutRowsGivesNumbersAllTheSame) {
  std::vector<Example> examples{{"a", 0, 2}, {"b", 1, 3}};
  const Dataset data("no training rows", {"a", "b"}, examples, {Split::kTest, Split::kTest});
  const StudyEstimate e = estimated(study({}), data);
  EXPECT_TRUE(std::isfinite(e.secondsHigh));
  for (const auto& [title, m] : e.methods) EXPECT_TRUE(std::isfinite(m.seconds)) << title;
}

// On paper: 600 rows leave 400 for training, 100 each for validation and test. LoRA, 4 epochs of 25 steps of
// 16, so 100 steps; 1600 examples allow 8 looks, and the start is looked at too.
TEST(Estimate, WhatWasMeasuredTakesThePlaceOfTheFormulas) {
  Study s = study({"lora", "majority"}, {"lora.epochs=4", "lora.batch_size=16"});
  const Dataset data = dataset(600);
  Measured m;
  m.startSeconds = 2;
  m.stepSeconds = 0.5;
  m.lookSeconds = 0.01;
  m.answerSeconds = 0.02;
  m.peakBytes = 123'000'000;
  m.trainableParameters = 77;
  const auto with = [&](const Study& which) {
    std::map<std::string, Measured> measured;
    for (const MethodChoice& choice : which.methods) measured[costKey(runOf(which, choice, 0))] = m;
    return estimateStudy(which, data, describeModel(baseFolder()), kGflops, 1, measured);
  };
  const MethodEstimate e = with(s).methods.at("LoRA");
  EXPECT_TRUE(e.measured);
  const double looks = 9 * 100 * 0.01, answers = 200 * 0.02;
  EXPECT_NEAR(e.seconds, 2 + 100 * 0.5 + looks + answers, 1e-9);
  EXPECT_EQ(e.peakBytes, 123'000'000);
  EXPECT_EQ(e.trainableParameters, 77);
  EXPECT_FALSE(with(s)
                   .methods.at(s.methods[0].method == "majority" ? s.methods[0].title : s.methods[1].title)
                   .measured);
  s.budget.search = 3;  // trains three times, starts and answers once
  EXPECT_NEAR(with(s).methods.at("LoRA").seconds, 2 + 3 * (100 * 0.5 + looks) + answers, 1e-9);
}

TEST(Estimate, HowLongTrainingGoesOnChangesNoStep) {
  const Study s = study({"lora"});
  RunSpec spec = runOf(s, s.methods.front(), 0), other = spec;
  other.seed = 9;
  other.budget.maxSteps = 5;
  for (const char* name : {"epochs", "max_steps", "patience"}) other.params.set(name, std::int64_t{3});
  other.params.set("learning_rate", 0.5);
  EXPECT_EQ(costKey(spec), costKey(other));
  other.params.set("batch_size", std::int64_t{3});
  EXPECT_NE(costKey(spec), costKey(other));
}

TEST(Estimate, WhatDoesNotFitIsRefusedWithTheWayOut) {
  StudyEstimate e;
  e.methods["LoRA"].leastBytes = 2'000'000'000;
  e.methods["Full"].leastBytes = 5'000'000'000;
  e.leastBytes = 7'000'000'000;
  e.storedBytes = 3'000'000'000;
  EXPECT_EQ(whatDoesNotFit(e, 8'000'000'000, 4'000'000'000), "");
  EXPECT_EQ(whatDoesNotFit(e, 0, 0), "");  // not known
  EXPECT_TRUE(whatDoesNotFit(e, 6'000'000'000, 0).starts_with("The runs at the same time need about 7.0 GB"));
  EXPECT_TRUE(
      whatDoesNotFit(e, 4'000'000'000, 0).starts_with("Full needs about 5.0 GB of memory and 4.0 GB"));
  EXPECT_TRUE(whatDoesNotFit(e, 0, 2'000'000'000).starts_with("The results need 3.0 GB of disk space"));
  EXPECT_GT(freeDiskBytes("/tmp/not there yet.attune"), 0);
}

TEST(Estimate, RefusesOnlyWhatDoesNotFitWithActivationsWorkedOutTwiceEither) {
  const ModelConfig config = readModelConfig(baseFolder());
  const MethodInfo& lora = methodInfo("lora");
  ParamSet params(lora.parameters);
  const auto bytes = [&](bool recomputed) {
    return peakBytes(lora, params, config, 5'000'000, 100'000, 2, recomputed);
  };
  // 30 numbers a token, width and block, or those of one block and one for each.
  const double one = 100'000.0 * 4 * static_cast<double>(config.hidden);
  const auto blocks = static_cast<double>(config.layers);
  EXPECT_NEAR(static_cast<double>(bytes(false) - bytes(true)), one * (30 * blocks - 30 - blocks), 2);
  StudyEstimate e;
  e.methods["LoRA"].peakBytes = e.peakBytes = bytes(false);
  e.methods["LoRA"].leastBytes = e.leastBytes = bytes(true);
  EXPECT_EQ(whatDoesNotFit(e, bytes(true), 0), "");
  EXPECT_NE(whatDoesNotFit(e, bytes(true) - 1, 0), "");
  EXPECT_TRUE(mayRecompute(params));
  params.set("activation_checkpointing", std::string("off"));
  EXPECT_FALSE(mayRecompute(params));
  EXPECT_FALSE(mayRecompute(ParamSet(methodInfo("few_shot").parameters)));
}

TEST(Estimate, CountsTheCopiesOfWeightsInBfloat16) {
  const ModelConfig config = readModelConfig(baseFolder());
  double blocks = 0;
  for (const LinearShape& shape : linearShapes(config)) blocks += static_cast<double>(shape.in * shape.out);
  const auto copies = [&](const char* method) {
    const auto bytes = [&](const char* precision) {
      ParamSet params(methodInfo(method).parameters);
      if (params.has("precision")) params.set("precision", std::string(precision));
      return peakBytes(methodInfo(method), params, config, 5'000'000, 1000, 2);
    };
    return static_cast<double>(bytes("auto") - bytes("fp32"));
  };
  const double once = hasHalfInstructions() ? 2 * blocks : 0;
  EXPECT_NEAR(copies("lora"), 2 * once, 1);  // for either direction
  EXPECT_NEAR(copies("full"), once, 1);
  EXPECT_EQ(copies("linear_probe"), 0);
  EXPECT_EQ(copies("untuned"), 0);
}

// They are made where there is room, so they keep no study from being started.
TEST(Estimate, CountsSortedWeightsInFp32ButNeedsThemNot) {
  double blocks = 0;
  for (const LinearShape& shape : linearShapes(readModelConfig(baseFolder())))
    blocks += static_cast<double>(shape.in * shape.out);
  EXPECT_LE(roomForCopies(0), freeMemoryBytes() / 2);
  EXPECT_LT(roomForCopies(1 << 30), roomForCopies(0));
  EXPECT_EQ(roomForCopies(freeMemoryBytes()), 0);
  // Four bytes a number, for either direction; there is room for those of the bundled base.
  const double sorted = sortingSpeedsWholeProducts() ? 8 * blocks : 0;
  const auto copies = [&](const char* method, const char* precision) {
    std::vector<std::string> settings{"all.activation_checkpointing=off"};
    settings.push_back(std::string("all.precision=") + precision);
    const MethodEstimate m = estimated(study({method}, settings), dataset(60)).methods.begin()->second;
    return static_cast<double>(m.peakBytes - m.leastBytes);
  };
  EXPECT_NEAR(copies("lora", "fp32"), sorted, 1);
  EXPECT_EQ(copies("full", "fp32"), 0);
  if (hasHalfInstructions()) EXPECT_EQ(copies("lora", "bf16"), 0);
}

TEST(FreeMemory, HeedsTheLimitsOfControlGroups) {
  EXPECT_GT(freeMemoryBytes(), 0);
  const TemporaryFolder mounted;
  const auto write = [&](const std::string& group, const char* limit, const char* used) {
    std::filesystem::create_directories(mounted.path(group));
    writeFileAtomically(mounted.path(group + "/memory.max"), limit);
    writeFileAtomically(mounted.path(group + "/memory.current"), used);
  };
  EXPECT_EQ(controlGroupLeaves(mounted.path(), "/"), -1);
  write("outer/inner", "max\n", "300\n");
  EXPECT_EQ(controlGroupLeaves(mounted.path(), "/outer/inner"), -1);
  write("outer", "1000\n", "400\n");
  EXPECT_EQ(controlGroupLeaves(mounted.path(), "/outer/inner"), 600);
  write("outer/inner", "450\n", "300\n");
  EXPECT_EQ(controlGroupLeaves(mounted.path(), "/outer/inner"), 150);
  EXPECT_EQ(controlGroupLeaves(mounted.path(), "/outer"), 600);
  writeFileAtomically(mounted.path("outer/memory.stat"), "anon 300\ninactive_file 70\nactive_file 30\n");
  EXPECT_EQ(controlGroupLeaves(mounted.path(), "/outer"), 670);
  EXPECT_EQ(controlGroupLeaves(mounted.path(), "/outer/not there"), 670);
  write("outer/inner", "200\n", "300\n");
  EXPECT_EQ(controlGroupLeaves(mounted.path(), "/outer/inner"), 0);
}

// What is promised before the start is what the runs report: parameters exactly, stored bytes within a fifth
// and the small files beside the weights.
TEST(Estimate, PromisesTheParametersAndFilesThatRunsReport) {
  const SmallProject project;
  const std::vector<std::string> methods{"prompt_tuning", "lora", "full"};
  const auto ids = project.queue(methods, {"all.max_steps=1"});
  RecordingObserver observer;
  RunQueueOptions options;
  options.inProcess = true;
  RunQueue queue(project.path(), options, observer);
  queue.submit(ids);
  ASSERT_TRUE(queue.waitUntilIdle(std::chrono::minutes(2)));
  Store store = project.open();
  const StudyEstimate e = estimated(study(methods), dataset(60));
  for (const RunId id : ids) {
    const attune::Run run = store.run(id);
    ASSERT_EQ(run.state, RunState::kFinished) << run.reason;
    const MethodEstimate& m = e.methods.at(methodInfo(run.spec.method).title);
    EXPECT_EQ(m.trainableParameters, run.cost.trainableParameters) << run.spec.method;
    EXPECT_NEAR(static_cast<double>(m.storedBytes), static_cast<double>(run.cost.storedBytes),
                0.2 * static_cast<double>(run.cost.storedBytes) + 150000)
        << run.spec.method;
  }
}

TEST(Estimate, TheMeasuredSpeedIsThatOfAComputer) {
  const double gflops = measureGflops();
  EXPECT_GT(gflops, 0.1);
  EXPECT_LT(gflops, 5000);
}

}  // namespace estimate_test
}  // namespace attune
