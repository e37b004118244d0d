#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/base/seed.h"
#include "core/base/stop_token.h"
#include "core/method/floor.h"
#include "core/method/tuned_model.h"
#include "core/model/label_scores.h"
#include "core/study/run_event.h"
#include "core/train/pass.h"

namespace attune {

struct TrainOptions {
  double learningRate = 1e-3;
  std::string optimizer = "adamw";  // as makeOptimizer names it
  double weightDecay = 0;
  double warmupRatio = 0.06;
  double maxGradNorm = 1;  // 0: no limit
  std::int64_t epochs = 1;
  std::int64_t batchSize = 16;
  std::int64_t maxSteps = 0;     // 0: by epochs alone
  std::int64_t patience = 0;     // validations without a better score before it ends; 0: never
  std::int64_t validations = 8;  // looks at the validation split, evenly over the steps

  static TrainOptions fromParams(const ParamSet& params, std::int64_t budgetSteps);
};

// A validation score by which states are compared: higher accuracy, then lower loss.
struct ValidationScore {
  double accuracy = 0;
  double loss = 0;

  bool betterThan(const ValidationScore& other) const {
    return accuracy != other.accuracy ? accuracy > other.accuracy : loss < other.loss;
  }
};

enum class TrainEnd { kDone, kPatience, kStepLimit, kStopped, kSuspended, kDiscarded, kDiverged };

// Some steps, measured: what was computed, in what time, for which texts.
struct StepSample {
  double flops = 0;    // of matrix products, padding included
  double seconds = 0;  // of computing, where one thread does it
  double leastSeconds = 0;  // what the products would take at the machine's rate as it is beside the steps
  TextLengths read;

  bool measured() const { return flops > 0 && seconds > 0 && leastSeconds > 0; }
  double kernelEfficiency() const { return leastSeconds / seconds; }
  double gflops() const { return flops / leastSeconds / 1e9; }  // the machine's rate
};

struct TrainResult {
  TrainEnd end = TrainEnd::kDone;
  std::int64_t steps = 0;
  std::int64_t totalSteps = 0;  // planned
  std::int64_t tokens = 0;      // real tokens of the prompts, without padding and virtual tokens
  double seconds = 0;           // training and validation
  std::int64_t bestStep = 0;
  ValidationScore best;
  ValidationScore last;
  StepSample sample;  // since the last start of the program
};

// Where a training is between two steps: all that its next step depends on, and what its end reports. A
// training that goes on from here ends with the same bytes as one that was never interrupted.
struct TrainState {
  std::int64_t step = 0;
  std::int64_t examples = 0;  // seen
  std::int64_t tokens = 0;
  double seconds = 0;
  bool looked = true;              // false: the look that is due after `step` was not finished
  std::vector<at::Tensor> model;   // TunedModel::moving()
  std::vector<at::Tensor> random;  // TunedModel::randomStates()
  std::vector<std::vector<at::Tensor>> optimizer;

  std::vector<at::Tensor> best;  // TunedModel::moving() where validation liked it best
  ValidationScore bestScore;
  std::int64_t bestStep = 0;
  std::int64_t misses = 0;  // looks since then
  ValidationScore last;
};

struct TrainCallbacks {
  std::function<void(const RunStep&)> onStep;
  // Scores the validation split with the model as it is now.
  std::function<ValidationScore(std::int64_t step)> validate;
  // GFLOP/s that this machine reaches in products right now. Asked beside steps that are measured, in at most
  // a hundredth of the time; without it nothing is measured. Optional.
  std::function<double()> rate = {};
  // After every step with `leaving` false, and before a suspended training is left with true; `state` is made
  // when it is called for, of tensors that the next step changes. Optional.
  std::function<void(bool leaving, const std::function<TrainState()>& state)> onProgress = {};
};

// Number of optimiser steps that training will take at most.
std::int64_t plannedSteps(const TrainOptions& options, std::size_t examples);

// How often to look at validation so that looking costs no more than about half as many forward passes as
// training, but three times at least and ten at most. The same rule for every method.
std::int64_t plannedValidations(std::int64_t trainedExamples, std::int64_t validationExamples);

// Trains `model` in place and leaves it in its best state by validation, the start included. The same
// arguments give the same bytes, also where it goes on `from` a state. Stops within one step when asked;
// suspended, the model is left as it is.
TrainResult train(TunedModel& model, const std::vector<TrainingExample>& examples, const LabelTokens& labels,
                  const TrainOptions& options, Seed seed, const TrainCallbacks& callbacks,
                  const StopToken& stop, const TrainState* from = nullptr);

}  // namespace attune
