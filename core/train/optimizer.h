#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "core/method/tuned_model.h"

namespace attune {

// AdamW with decoupled weight decay and bias correction (Loshchilov and Hutter 2019). Holds the moments of
// the parameters it was made with; used by one thread.
class AdamW {
 public:
  struct Options {
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weightDecay = 0.0;
    double peakRate = 0;  // of the schedule: what a parameter's limit is measured against; 0: no limits
  };
  AdamW(const std::vector<TunedModel::Parameter>& parameters, const Options& options);

  // One step along the gradients that the parameters hold now; they stay.
  void step(double learningRate);
  void clearGradients();

 private:
  struct Slot {
    at::Tensor parameter, mean, square;
    bool decays;
    double share;  // of the rate
  };
  std::vector<Slot> slots_;
  Options options_;
  std::int64_t steps_ = 0;
};

// Scales all gradients so that their joint length is at most `maxNorm` (0: no limit). Returns the length
// before.
double clipGradients(const std::vector<TunedModel::Parameter>& parameters, double maxNorm);

}  // namespace attune
