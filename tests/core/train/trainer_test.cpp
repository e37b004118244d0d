#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <numeric>
#include <set>
#include <sstream>
#include <thread>

#include "core/base/file.h"
#include "core/base/json.h"
#include "core/method/method.h"
#include "core/model/safetensors.h"
#include "core/train/batch.h"
#include "core/train/optimizer.h"
#include "core/train/schedule.h"
#include "core/train/trainer.h"
#include "tests/support/shared.h"
#include "tests/support/tiny_model.h"

namespace attune {
namespace trainer_test {

TEST(Schedule, RisesThenFallsInStraightLines) {
  // 10 steps, 2 of warm-up: 1/2, 1, then 8/8, 7/8, … 1/8.
  EXPECT_DOUBLE_EQ(scheduleFactor(1, 2, 10), 0.5);
  EXPECT_DOUBLE_EQ(scheduleFactor(2, 2, 10), 1.0);
  EXPECT_DOUBLE_EQ(scheduleFactor(3, 2, 10), 1.0);
  EXPECT_DOUBLE_EQ(scheduleFactor(4, 2, 10), 7.0 / 8);
  EXPECT_DOUBLE_EQ(scheduleFactor(10, 2, 10), 1.0 / 8);
  EXPECT_DOUBLE_EQ(scheduleFactor(1, 0, 4), 1.0);
}

TEST(Batches, HoldEveryExampleOnceAndPadLittle) {
  std::vector<std::size_t> lengths;
  Random random(Seed{4});
  for (int i = 0; i < 203; ++i) lengths.push_back(5 + random.below(60));
  const auto batches = epochBatches(lengths, 16, 8, Seed{1});
  std::multiset<std::size_t> seen;
  std::size_t padded = 0, real = 0;
  int shorter = 0;
  for (const auto& batch : batches) {
    std::size_t longest = 0;
    for (const std::size_t i : batch) {
      seen.insert(i);
      longest = std::max(longest, lengths[i]);
      real += lengths[i];
    }
    padded += longest * batch.size();
    shorter += batch.size() < 16 ? 1 : 0;
  }
  EXPECT_EQ(seen.size(), 203u);
  EXPECT_EQ(std::set<std::size_t>(seen.begin(), seen.end()).size(), 203u);
  EXPECT_LE(shorter, 1);
  EXPECT_LT(static_cast<double>(padded) / static_cast<double>(real), 1.25);
  EXPECT_EQ(epochBatches(lengths, 16, 8, Seed{1}), batches);
  EXPECT_NE(epochBatches(lengths, 16, 8, Seed{2}), batches);
}

// Lengths 9, 1, 2, 8, 1: by length 1 1 2 8 9; a cut behind the third makes 3 x 2 and 2 x 9 = 18, behind the
// second 3 x 9 = 27.
TEST(BatchParts, AreCutWhereTheLongerOneIsShortest) {
  using Parts = std::vector<std::vector<std::size_t>>;
  EXPECT_EQ(batchParts({9, 1, 2, 8, 1}), (Parts{{1, 4, 2}, {3, 0}}));
  EXPECT_EQ(batchParts({5, 5, 5, 5}), (Parts{{0, 1}, {2, 3}}));
  EXPECT_EQ(batchParts({7}), (Parts{{0}}));
}

// A parameter that a sparse gradient does not name has none: AdamW moves the others as it would with a dense
// one, and decay takes all.
TEST(AdamW, TakesASparseGradientAsTheDenseOneWithZeros) {
  at::manual_seed(2);
  const at::Tensor start = at::randn({6, 3});
  std::vector<at::Tensor> ends;
  for (const bool sparse : {false, true}) {
    at::manual_seed(3);
    at::Tensor w = start.clone().set_requires_grad(true);
    const auto optimizer = makeOptimizer("adamw", {{"w", w, true}}, {.weightDecay = 0.1});
    for (const std::int64_t row : {4, 1, 4}) {
      at::Tensor gradient = at::zeros({6, 3});
      gradient[row] = at::randn({3});
      w.mutable_grad() = sparse ? gradient.to_sparse(1) : gradient;
      const double length = gradientLength({{"w", w, true}});
      EXPECT_NEAR(length, gradient.norm().item<double>(), 1e-6);
      optimizer->step(0.1, clippedShare(length, 0.5));
    }
    ends.push_back(w.detach());
  }
  EXPECT_TRUE(at::allclose(ends[0], ends[1], 1e-6, 1e-7));  // the length sums in another order
}

// The first step of AdamW moves every number by the learning rate against the sign of its gradient, since
// m̂/√v̂ = ±1; decay takes lr·wd·w first. w = 2, gradient 0.5, lr 0.1, wd 0.1: 2 - 0.02 - 0.1 = 1.88.
TEST(AdamW, TakesTheFirstStepThatOneCanComputeByHand) {
  at::Tensor w = at::full({1}, 2.0, at::kFloat).set_requires_grad(true);
  const auto optimizer = makeOptimizer("adamw", {{"w", w, true}}, {.weightDecay = 0.1});
  w.mutable_grad() = at::full({1}, 0.5);
  optimizer->step(0.1);
  EXPECT_NEAR(w.item<double>(), 1.88, 1e-6);
  EXPECT_TRUE(w.grad().defined());
  optimizer->clearGradients();
  EXPECT_FALSE(w.grad().defined());
}

// At half of its peak of 0.2 the schedule gives 0.1; a limit of 0.05 is a quarter of the peak: 0.025.
TEST(AdamW, KeepsALimitedTensorsShareOfTheRate) {
  at::Tensor free = at::full({1}, 2.0, at::kFloat).set_requires_grad(true);
  at::Tensor limited = at::full({1}, 2.0, at::kFloat).set_requires_grad(true);
  const auto optimizer = makeOptimizer("adamw", {{"free", free, false, 0}, {"limited", limited, false, 0.05}},
                                       {.peakRate = 0.2});
  for (at::Tensor* t : {&free, &limited}) t->mutable_grad() = at::full({1}, 0.5);
  optimizer->step(0.1);
  EXPECT_NEAR(free.item<double>(), 1.9, 1e-6);
  EXPECT_NEAR(limited.item<double>(), 1.975, 1e-6);
}

TEST(AdamW, LeavesTensorsThatDoNotDecayWhereTheyAreWithoutGradient) {
  at::Tensor w = at::full({1}, 2.0, at::kFloat).set_requires_grad(true);
  const auto optimizer = makeOptimizer("adamw", {{"w", w, false}}, {.weightDecay = 0.1});
  w.mutable_grad() = at::zeros({1});
  optimizer->step(0.1);
  EXPECT_DOUBLE_EQ(w.item<double>(), 2.0);
}

// Six steps of the reference implementations (PyTorch's AdamW, transformers' Adafactor). Tolerance 1e-6 of
// the largest entry.
TEST(Optimizer, FollowsTheReferenceImplementations) {
  const auto folder = fixture("optim");
  ATTUNE_NEEDS_FIXTURE(folder);
  const Json file = readJson(folder / "cases.json");
  const TensorMap golden = readSafetensors((folder / "tensors.safetensors").string());
  int compared = 0;
  for (const Json& entry : file.at("cases").items()) {
    const std::string name = entry.at("name").asString();
    if (name != "adamw" && name != "adafactor_constant") continue;
    std::vector<TunedModel::Parameter> parameters;
    for (const char* i : {"0", "1", "2"})
      parameters.push_back({i, golden.at(std::string("init.") + i).clone().set_requires_grad(true), true, 0});
    const auto optimizer = makeOptimizer(name.substr(0, name.find('_')), parameters,
                                         {.weightDecay = entry.at("options").at("weight_decay").asDouble()});
    for (int step = 1; step <= file.at("steps").asInt(); ++step) {
      const std::string at = ".step" + std::to_string(step);
      for (auto& p : parameters) p.tensor.mutable_grad() = golden.at("grad." + p.name + at);
      optimizer->step(entry.at("options").at("lr").asDouble());
      for (const auto& p : parameters) {
        const at::Tensor& wanted = golden.at(name + "." + p.name + at);
        EXPECT_LE((p.tensor.detach() - wanted).abs().max().item<double>(),
                  1e-6 * wanted.abs().max().item<double>())
            << name << " " << p.name << at;
        ++compared;
      }
    }
  }
  EXPECT_EQ(compared, 36);
}

TEST(Clipping, FollowsTheReferenceImplementation) {
  const auto folder = fixture("optim");
  ATTUNE_NEEDS_FIXTURE(folder);
  const Json file = readJson(folder / "cases.json");
  const TensorMap golden = readSafetensors((folder / "tensors.safetensors").string());
  for (const Json& entry : file.at("clipping").items()) {
    std::vector<TunedModel::Parameter> parameters;
    for (const char* i : {"0", "1", "2"}) {
      parameters.push_back({i, golden.at(std::string("init.") + i).clone().set_requires_grad(true), true, 0});
      parameters.back().tensor.mutable_grad() = golden.at(std::string("grad.") + i + ".step1").clone();
    }
    const double limit = entry.at("max_norm").asDouble();
    const double length = gradientLength(parameters);
    EXPECT_NEAR(length, entry.at("total_norm").asDouble(), 1e-5);
    for (const auto& p : parameters) {
      std::ostringstream name;
      name << "clip" << limit << "." << p.name;
      ASSERT_TRUE(golden.contains(name.str())) << name.str();
      EXPECT_LE(
          (p.tensor.grad() * clippedShare(length, limit) - golden.at(name.str())).abs().max().item<double>(),
          1e-6);
    }
  }
}

TEST(Clipping, ScalesTheJointLengthDown) {
  at::Tensor a = at::zeros({1}).set_requires_grad(true), b = at::zeros({1}).set_requires_grad(true);
  a.mutable_grad() = at::full({1}, 3.0);
  b.mutable_grad() = at::full({1}, 4.0);
  const double length = gradientLength({{"a", a, true}, {"b", b, true}});
  EXPECT_NEAR(length, 5.0, 1e-6);
  EXPECT_NEAR(clippedShare(length, 1.0), 0.2, 1e-6);  // 0.6 and 0.8
  EXPECT_EQ(clippedShare(length, 0), 1);
  EXPECT_EQ(clippedShare(length, 6), 1);
}

class Training : public testing::Test {
 protected:
  TrainResult run(TunedModel& model, const TrainOptions& options, const std::vector<ValidationScore>& script,
                  const StopToken& stop = {}) {
    std::vector<TrainingExample> examples;
    for (std::int64_t i = 0; i < 32; ++i) examples.push_back({{1, 10 + i % 2, 3}, i % 2});
    std::size_t look = 0;
    TrainCallbacks callbacks;
    callbacks.onStep = [&](const RunStep& step) { steps_.push_back(step); };
    callbacks.validate = [&](std::int64_t) { return script[std::min(look++, script.size() - 1)]; };
    callbacks.rate = rate_;
    return train(model, examples, {{{30}, {31}}}, options, Seed{1}, callbacks, stop);
  }
  std::unique_ptr<TunedModel> model() {
    return makeMethod("lora")->attach({tinyModel(), ParamSet(methodInfo("lora").parameters), Seed{1}, {}});
  }
  std::vector<RunStep> steps_;
  std::function<double()> rate_;
};

TEST_F(Training, KeepsTheStateThatValidationLikedBest) {
  TrainOptions options;
  options.learningRate = 0.01;
  options.epochs = 8;
  options.batchSize = 16;  // 2 steps an epoch, 16 in all, a look every 2
  const auto m = model();
  std::vector<ValidationScore> script{{0.5, 1}, {0.9, 1}, {0.7, 1}};
  const TrainResult result = run(*m, options, script);
  EXPECT_EQ(result.steps, 16);
  EXPECT_EQ(result.bestStep, 2);
  EXPECT_DOUBLE_EQ(result.best.accuracy, 0.9);
  // The same training cut off after those two steps ends in the same place, but for the schedule: compare
  // with a run whose every look after the second is worse.
  const auto again = model();
  run(*again, options, script);
  const TensorMap a = m->delta(), b = again->delta();
  for (const auto& [name, tensor] : a) EXPECT_TRUE(at::equal(tensor, b.at(name))) << name;
}

TEST_F(Training, ComparesItsStepsWithTheMachinesRateBesideThem) {
  TrainOptions options;
  options.epochs = 8;
  options.batchSize = 16;                                              // 16 steps
  EXPECT_FALSE(run(*model(), options, {{0.5, 1}}).sample.measured());  // nobody knows the rate
  int asked = 0;
  rate_ = [&] {
    ++asked;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // not a hundredth of 16 small steps
    return 2.0;
  };
  const StepSample sample = run(*model(), options, {{0.5, 1}}).sample;
  ASSERT_TRUE(sample.measured());
  EXPECT_EQ(asked, 1);
  EXPECT_DOUBLE_EQ(sample.leastSeconds, sample.flops / 2e9);
  EXPECT_DOUBLE_EQ(sample.gflops(), 2);
  EXPECT_DOUBLE_EQ(sample.kernelEfficiency(), sample.flops / 2e9 / sample.seconds);
  EXPECT_EQ(sample.read.texts, 64);  // every fourth step
}

TEST_F(Training, EndsWhenPatienceIsOver) {
  TrainOptions options;
  options.epochs = 20;
  options.batchSize = 16;
  options.patience = 2;
  const auto m = model();
  const TrainResult result = run(*m, options, {{0.9, 1}, {0.5, 1}});
  EXPECT_EQ(result.end, TrainEnd::kPatience);
  EXPECT_EQ(result.bestStep, 0);
  EXPECT_EQ(result.steps, 10);  // 40 steps and 8 looks: two of them after 5 and 10 steps
}

TEST(PlannedValidations, CostNoMoreThanHalfTheTrainingButAreAFew) {
  EXPECT_EQ(plannedValidations(12000, 1000), 6);
  EXPECT_EQ(plannedValidations(100, 1000), 3);
  EXPECT_EQ(plannedValidations(1000000, 1000), 10);
}

TEST_F(Training, ObeysTheStepLimit) {
  TrainOptions options;
  options.epochs = 20;
  options.batchSize = 16;
  options.maxSteps = 5;
  const auto m = model();
  EXPECT_EQ(run(*m, options, {{0.5, 1}}).steps, 5);
  EXPECT_EQ(steps_.size(), 5u);
  EXPECT_EQ(plannedSteps(options, 32), 5);
}

TEST_F(Training, SaysWhenItDiverges) {
  TrainOptions options;
  options.learningRate = 1e30;
  options.maxGradNorm = 0;
  options.epochs = 20;
  const auto m = model();
  EXPECT_EQ(run(*m, options, {{0.5, 1}}).end, TrainEnd::kDiverged);
}

TEST_F(Training, StopsWithinAStepWhenAsked) {
  TrainOptions options;
  options.epochs = 20;
  StopToken stop;
  stop.request(StopKind::kKeep);
  const auto m = model();
  const TrainResult result = run(*m, options, {{0.5, 1}}, stop);
  EXPECT_EQ(result.end, TrainEnd::kStopped);
  EXPECT_EQ(result.steps, 0);
}

}  // namespace trainer_test
}  // namespace attune
