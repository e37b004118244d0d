#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/method/tuned_model.h"

namespace attune {

// Moves parameters along their gradients. Holds what it remembers of the parameters it was made with; used by
// one thread.
class Optimizer {
 public:
  struct Options {
    double weightDecay = 0.0;  // decoupled, for parameters that decay
    double peakRate = 0;  // of the schedule: what a parameter's own rate is measured against; 0: no own rates
  };
  Optimizer(const std::vector<TunedModel::Parameter>& parameters, const Options& options);
  virtual ~Optimizer() = default;

  // One step along the gradients that the parameters hold now, times `share`; they stay. On as many cores as
  // are allowed.
  void step(double learningRate, double share = 1);
  void clearGradients();

  // What the next step depends on beside parameters and gradients: of every parameter what is remembered
  // (the tensors themselves, none before its first step), and the number of steps taken.
  std::vector<std::vector<at::Tensor>> memory() const;
  void restore(const std::vector<std::vector<at::Tensor>>& memory, std::int64_t steps);

 protected:
  std::int64_t steps() const { return steps_; }  // this one included

 private:
  struct Slot {
    at::Tensor parameter;
    bool decays;
    double share;                    // of the rate
    std::vector<at::Tensor> memory;  // made by start()
  };
  // What is remembered of a parameter before the first step.
  virtual std::vector<at::Tensor> start(const at::Tensor& parameter) const = 0;
  // Makes the parameter `kept` of itself (weight decay) and moves it along `share` of the gradient.
  virtual void move(const at::Tensor& parameter, const at::Tensor& gradient, std::vector<at::Tensor>& memory,
                    double rate, double kept, double share) const = 0;

  std::vector<Slot> slots_;
  Options options_;
  std::int64_t steps_ = 0;
};

// "adamw" or "adafactor", as the parameter "optimizer" names them.
//
// AdamW: with bias correction, β 0.9 and 0.999, ε 1e-8 (Loshchilov and Hutter 2019).
// Adafactor: factored second moments with decay 1 − t^−0.8, updates clipped at an RMS of 1, without momentum,
// scaling by the parameter or a rate of its own (Shazeer and Stern 2018): the setting in which Lester et al.
// 2021 tune prompts of T5.
std::unique_ptr<Optimizer> makeOptimizer(const std::string& name,
                                         const std::vector<TunedModel::Parameter>& parameters,
                                         const Optimizer::Options& options);

// The joint length of all gradients; sparse ones are coalesced.
double gradientLength(const std::vector<TunedModel::Parameter>& parameters);
// The share of gradients of this joint length that is no longer than `maxNorm` (0: no limit).
double clippedShare(double length, double maxNorm);

}  // namespace attune
