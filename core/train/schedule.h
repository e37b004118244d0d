#pragma once

#include <cstdint>

namespace attune {

// Linear warm-up from 0 over the first `warmupSteps`, then linear decay to 0 at `totalSteps`. `step` counts
// from 1; the same rule for every method. Returns the factor on the learning rate, 0–1.
double scheduleFactor(std::int64_t step, std::int64_t warmupSteps, std::int64_t totalSteps);

}  // namespace attune
