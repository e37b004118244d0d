#include "core/train/trainer.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/base/clock.h"
#include "core/train/batch.h"
#include "core/train/optimizer.h"
#include "core/train/schedule.h"

namespace attune {
namespace trainer {

constexpr std::size_t kWindow = 8;  // batches that are sorted by length together

class BestState {
 public:
  void consider(const TunedModel& model, const ValidationScore& score, std::int64_t step) {
    if (state_ && !score.betterThan(score_)) {
      ++misses_;
      return;
    }
    state_ = model.state();
    score_ = score;
    step_ = step;
    misses_ = 0;
  }
  void restore(TunedModel& model) const {
    if (state_) model.restore(*state_);
  }
  std::int64_t misses() const { return misses_; }
  std::int64_t step() const { return step_; }
  const ValidationScore& score() const { return score_; }

 private:
  std::optional<std::vector<at::Tensor>> state_;
  ValidationScore score_;
  std::int64_t step_ = 0;
  std::int64_t misses_ = 0;
};

}  // namespace trainer

TrainOptions TrainOptions::fromParams(const ParamSet& params, std::int64_t budgetSteps) {
  TrainOptions o;
  o.learningRate = params.getDouble("learning_rate");
  o.optimizer = params.getString("optimizer");
  o.weightDecay = params.getDouble("weight_decay");
  o.warmupRatio = params.getDouble("warmup_ratio");
  o.maxGradNorm = params.getDouble("max_grad_norm");
  o.epochs = params.getInt("epochs");
  o.batchSize = params.getInt("batch_size");
  o.maxSteps = params.getInt("max_steps");
  if (budgetSteps > 0) o.maxSteps = o.maxSteps > 0 ? std::min(o.maxSteps, budgetSteps) : budgetSteps;
  o.patience = params.getInt("patience");
  return o;
}

std::int64_t plannedSteps(const TrainOptions& options, std::size_t examples) {
  const std::int64_t perEpoch =
      (static_cast<std::int64_t>(examples) + options.batchSize - 1) / options.batchSize;
  const std::int64_t steps = perEpoch * options.epochs;
  return options.maxSteps > 0 ? std::min(steps, options.maxSteps) : steps;
}

std::int64_t plannedValidations(std::int64_t trainedExamples, std::int64_t validationExamples) {
  return std::clamp<std::int64_t>(trainedExamples / (2 * std::max<std::int64_t>(1, validationExamples)), 3,
                                  10);
}

TrainResult train(TunedModel& model, const std::vector<TrainingExample>& examples, const LabelTokens& labels,
                  const TrainOptions& options, Seed seed, const TrainCallbacks& callbacks,
                  const StopToken& stop) {
  TrainResult result;
  const std::int64_t total = plannedSteps(options, examples.size());
  result.totalSteps = total;
  const auto warmup = static_cast<std::int64_t>(std::ceil(options.warmupRatio * static_cast<double>(total)));
  const std::int64_t perEpoch =
      (static_cast<std::int64_t>(examples.size()) + options.batchSize - 1) / options.batchSize;
  const std::int64_t validateEvery =
      std::max<std::int64_t>(1, total / std::max<std::int64_t>(1, options.validations));

  std::vector<std::size_t> lengths;
  for (const TrainingExample& e : examples) lengths.push_back(e.ids.size() + e.answer.size());
  const auto optimizer =
      makeOptimizer(options.optimizer, model.parameters(),
                    {.weightDecay = options.weightDecay, .peakRate = options.learningRate});
  trainer::BestState best;
  const double begin = monotonicSeconds();
  const auto look = [&](std::int64_t step) {
    model.setTraining(false);
    result.last = callbacks.validate(step);
    best.consider(model, result.last, step);
    model.setTraining(true);
  };

  // The state before the first step is a candidate too: training must not make things worse unnoticed.
  look(0);
  std::int64_t step = 0, seen = 0;
  bool ended = total == 0;
  for (std::int64_t epoch = 0; !ended; ++epoch) {
    const auto batches = epochBatches(lengths, static_cast<std::size_t>(options.batchSize), trainer::kWindow,
                                      seed.sub("epoch " + std::to_string(epoch)));
    for (const auto& batch : batches) {
      if (stop.requested()) {
        result.end = stop.kind() == StopKind::kDiscard ? TrainEnd::kDiscarded : TrainEnd::kStopped;
        ended = true;
        break;
      }
      ++step;
      // 1 batch
      std::vector<std::vector<std::int64_t>> prompts;
      std::vector<std::int64_t> right;
      std::vector<std::vector<std::int64_t>> answers;
      for (const std::size_t i : batch) {
        prompts.push_back(examples[i].ids);
        right.push_back(examples[i].label);
        if (!examples[i].answer.empty()) answers.push_back(examples[i].answer);
        result.tokens += static_cast<std::int64_t>(examples[i].ids.size());
      }
      seen += static_cast<std::int64_t>(batch.size());
      // 2 forward, 3 backward
      const at::Tensor loss =
          answers.empty() ? labelLoss(model, prompts, right, labels) : answerLoss(model, prompts, answers);
      const at::Tensor penalty = model.penalty();
      (penalty.defined() ? loss + penalty : loss).backward();
      // 4 step
      const double gradientNorm = clipGradients(model.parameters(), options.maxGradNorm);
      const double rate = options.learningRate * scheduleFactor(step, warmup, total);
      const double lossValue = loss.item<double>();
      if (!std::isfinite(lossValue) || !std::isfinite(gradientNorm)) {
        result.end = TrainEnd::kDiverged;
        ended = true;
        break;
      }
      optimizer->step(rate);
      model.afterStep(step, total);
      optimizer->clearGradients();
      // 5 record
      callbacks.onStep({step, lossValue, rate, gradientNorm, monotonicSeconds() - begin, seen});

      const bool last = step == total;
      if (step % validateEvery == 0 || last) {
        look(step);
        if (options.patience > 0 && best.misses() >= options.patience && !last) {
          result.end = TrainEnd::kPatience;
          ended = true;
          break;
        }
      }
      if (last) {
        result.end = options.maxSteps > 0 && total < perEpoch * options.epochs ? TrainEnd::kStepLimit
                                                                               : TrainEnd::kDone;
        ended = true;
        break;
      }
    }
  }
  model.setTraining(false);
  if (result.end == TrainEnd::kStopped && step % validateEvery != 0) look(step);
  model.setTraining(false);
  best.restore(model);
  result.steps = step;
  result.bestStep = best.step();
  result.best = best.score();
  result.seconds = monotonicSeconds() - begin;
  return result;
}

}  // namespace attune
