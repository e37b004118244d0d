#pragma once

#include <string>
#include <vector>

#include "core/run/runner.h"

// The gains in speed, one after the other, each measured on top of those before it. Free of torch.
namespace attune {

struct Rung {
  std::string name;
  double examplesPerSecond = 0;  // of training
};

// Names of the rungs for a base, from a plain loop (padded random batches, gradients for every weight,
// logits of the whole vocabulary at every position, fp32) upwards. Throws Error as openBase does.
std::vector<std::string> rungNames(const RunInputs& inputs);
// Measures one of them for about `seconds`: LoRA, or what `inputs` say, on one thread.
Rung measureRung(const RunInputs& inputs, std::size_t rung, double seconds);
// Gains that stand beside the ladder because they help elsewhere: how many times as fast each makes its part.
struct Gain {
  std::string name;
  double times = 0;
};
std::vector<Gain> measureGains(const RunInputs& inputs, double seconds);
// What the fewest operations would allow at this machine's rate in the precision of training, one core.
double floorExamplesPerSecond(const RunInputs& inputs);

}  // namespace attune
