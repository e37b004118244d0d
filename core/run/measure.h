#pragma once

#include <cstdint>

#include "core/run/runner.h"

// Free of torch.
namespace attune {

// What a run costs, from its first steps and answers. Times in seconds.
struct Measured {
  double startSeconds = 0;       // base and method opened, a part of the texts tokenised
  double stepSeconds = 0;        // one training step, the median; 0: nothing is trained
  double twoCoresShare = 1;      // of that where two cores work on it
  std::int64_t steps = 0;        // that were measured
  double examplesPerSecond = 0;  // of training
  double answerSeconds = 0;      // one answer to a text that is read for it
  double lookSeconds = 0;        // one example of a look at validation, read before where it is kept
  double kernelEfficiency = 0;   // share of the machine's rate in matrix products that steps reach
  double usefulShare = 0;        // share of the operations that real tokens needed
  double floorRatio = 0;         // share of the step that the fewest operations would take
  double gflops = 0;             // the machine's rate, in the precision of training
  std::int64_t peakBytes = 0;    // of this process
  std::int64_t trainableParameters = 0;

  Json toJson() const;
  static Measured fromJson(const Json& json);
};

// Equal for runs that cost the same a step and an answer: what only says how long training goes on, and the
// seed, are not in it.
std::string costKey(const RunSpec& spec);

// Does the first steps of a run and answers some of its questions; nothing is written, and the test split is
// not looked at. Takes about `seconds`, and three steps at least. For methods on a language model. Throws
// Error as executeRun reports it.
Measured measureRun(const RunInputs& inputs, double seconds);

}  // namespace attune
