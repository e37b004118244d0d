#include "core/train/trainer.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

#include "core/base/clock.h"
#include "core/train/batch.h"
#include "core/train/optimizer.h"
#include "core/train/pass.h"
#include "core/train/schedule.h"

namespace attune {
namespace trainer {

constexpr std::int64_t kSampled = 4;  // every so many steps one is measured

// The machine's rate beside steps, asked as often as its share of the time allows. A machine that others use
// too changes it by half within seconds.
class RateBeside {
 public:
  explicit RateBeside(const std::function<double()>& rate) : rate_(rate), begin_(monotonicSeconds()) {}

  double gflops() {
    constexpr double kShare = 0.01;
    const double now = monotonicSeconds();
    if (last_ == 0 || spent_ < kShare * (now - begin_)) {
      last_ = rate_();
      spent_ += monotonicSeconds() - now;
    }
    return last_;
  }

 private:
  const std::function<double()>& rate_;
  double begin_;
  double spent_ = 0, last_ = 0;
};

class BestState {
 public:
  void consider(const TunedModel& model, const ValidationScore& score, std::int64_t step) {
    if (!state_.empty() && !score.betterThan(score_)) {
      ++misses_;
      return;
    }
    state_ = model.state();
    score_ = score;
    step_ = step;
    misses_ = 0;
  }
  void restore(TunedModel& model) const {
    if (!state_.empty()) model.restore(state_);
  }
  void save(TrainState& to) const {
    to.best = state_;
    to.bestScore = score_;
    to.bestStep = step_;
    to.misses = misses_;
  }
  void load(const TrainState& from) {
    state_.clear();
    for (const at::Tensor& tensor : from.best) state_.push_back(tensor.clone());
    score_ = from.bestScore;
    step_ = from.bestStep;
    misses_ = from.misses;
  }
  std::int64_t misses() const { return misses_; }
  std::int64_t step() const { return step_; }
  const ValidationScore& score() const { return score_; }

 private:
  std::vector<at::Tensor> state_;
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
                  const StopToken& stop, const TrainState* from) {
  TrainResult result;
  const std::int64_t total = plannedSteps(options, examples.size());
  result.totalSteps = total;
  const auto warmup = static_cast<std::int64_t>(std::ceil(options.warmupRatio * static_cast<double>(total)));
  const std::int64_t perEpoch = std::max<std::int64_t>(
      1, (static_cast<std::int64_t>(examples.size()) + options.batchSize - 1) / options.batchSize);
  const std::int64_t validateEvery =
      std::max<std::int64_t>(1, total / std::max<std::int64_t>(1, options.validations));

  std::vector<std::size_t> lengths;
  std::vector<std::vector<std::int64_t>> texts;
  for (const TrainingExample& e : examples) {
    lengths.push_back(e.ids.size() + e.answer.size());
    texts.push_back(tokensRead(model, e, labels));
  }
  const auto optimizer =
      makeOptimizer(options.optimizer, model.parameters(),
                    {.weightDecay = options.weightDecay, .peakRate = options.learningRate});
  trainer::BestState best;
  std::int64_t step = 0, seen = 0;
  trainer::RateBeside rateBeside(callbacks.rate);
  double before = 0;  // seconds until `from`
  const double begin = monotonicSeconds();
  model.beginFit(texts);
  // False: it was left in the middle, and what was seen does not count.
  const auto look = [&](std::int64_t at) {
    model.setTraining(false);
    const ValidationScore score = callbacks.validate(at);
    model.setTraining(true);
    if (stop.leaves()) return false;
    result.last = score;
    best.consider(model, score, at);
    return true;
  };
  const auto state = [&] {
    TrainState now;
    now.step = step;
    now.examples = seen;
    now.tokens = result.tokens;
    now.seconds = before + monotonicSeconds() - begin;
    now.model = model.moving();
    now.random = model.randomStates();
    now.optimizer = optimizer->memory();
    best.save(now);
    now.last = result.last;
    return now;
  };

  const auto leave = [&](bool looked) {
    result.end = stop.kind() == StopKind::kSuspend ? TrainEnd::kSuspended : TrainEnd::kDiscarded;
    result.steps = step;
    if (result.end == TrainEnd::kSuspended && callbacks.onProgress)
      callbacks.onProgress(true, [&] {
        TrainState now = state();
        now.looked = looked;
        return now;
      });
    return true;
  };
  // What follows a step: a look where one is due, and the ends. True: `result.end` says which.
  const auto ends = [&] {
    const bool last = step == total;
    if (step == 0 || step % validateEvery == 0 || last) {
      if (!look(step)) return leave(false);
      if (options.patience > 0 && best.misses() >= options.patience && !last) {
        result.end = TrainEnd::kPatience;
        return true;
      }
    }
    if (last)
      result.end =
          options.maxSteps > 0 && total < perEpoch * options.epochs ? TrainEnd::kStepLimit : TrainEnd::kDone;
    return last;
  };

  bool ended = false;
  if (from != nullptr) {
    step = from->step;
    seen = from->examples;
    result.tokens = from->tokens;
    before = from->seconds;
    model.restore(from->model);
    model.restoreRandomStates(from->random);
    optimizer->restore(from->optimizer, step);
    best.load(*from);
    result.last = from->last;
    model.setTraining(true);
    if (!from->looked) ended = ends();
  } else {
    ended = ends();  // the start is a candidate too: training must not make things worse unnoticed
  }
  for (std::int64_t epoch = step / perEpoch; !ended; ++epoch) {
    const auto batches = epochBatches(lengths, static_cast<std::size_t>(options.batchSize), kBatchWindow,
                                      seed.sub("epoch " + std::to_string(epoch)));
    for (auto index = static_cast<std::size_t>(step - epoch * perEpoch); index < batches.size(); ++index) {
      if (stop.requested()) {
        ended = true;
        if (stop.leaves())
          leave(true);
        else
          result.end = TrainEnd::kStopped;
        break;
      }
      ++step;
      // 1 batch
      const std::vector<std::size_t>& batch = batches[index];
      for (const std::size_t i : batch) result.tokens += static_cast<std::int64_t>(examples[i].ids.size());
      seen += static_cast<std::int64_t>(batch.size());
      // 2 forward, 3 backward
      const bool measured = callbacks.rate && step % trainer::kSampled == 0;
      const BatchPass pass = goThrough(model, examples, batch, labels, measured);
      // 4 step
      const auto clock = at::get_num_threads() == 1 ? threadCpuSeconds : monotonicSeconds;
      const double stepBegin = clock();
      const double gradientNorm = gradientLength(model.parameters());
      const double rate = options.learningRate * scheduleFactor(step, warmup, total);
      if (!std::isfinite(pass.loss) || !std::isfinite(gradientNorm)) {
        result.end = TrainEnd::kDiverged;
        ended = true;
        break;
      }
      const double share = clippedShare(gradientNorm, options.maxGradNorm);
      optimizer->step(rate, share);
      model.afterStep(step, total, share);
      optimizer->clearGradients();
      if (measured) {
        result.sample.flops += pass.flops;
        result.sample.seconds += pass.seconds + clock() - stepBegin;
        result.sample.leastSeconds += pass.flops / (rateBeside.gflops() * 1e9);
        for (const std::size_t i : batch)
          result.sample.read.add(static_cast<double>(examples[i].ids.size() + examples[i].answer.size()));
      }
      // 5 record
      callbacks.onStep({step, pass.loss, rate, gradientNorm, before + monotonicSeconds() - begin, seen});

      ended = ends();
      if (ended) break;
      if (callbacks.onProgress) callbacks.onProgress(false, state);
    }
  }
  if (result.end == TrainEnd::kStopped && step % validateEvery != 0) look(step);
  model.endFit();
  if (result.end == TrainEnd::kSuspended || result.end == TrainEnd::kDiscarded) return result;
  model.setTraining(false);
  best.restore(model);
  result.steps = step;
  result.bestStep = best.step();
  result.best = best.score();
  result.seconds = before + monotonicSeconds() - begin;
  return result;
}

}  // namespace attune
