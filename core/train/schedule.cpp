#include "core/train/schedule.h"

#include <algorithm>

namespace attune {

double scheduleFactor(std::int64_t step, std::int64_t warmupSteps, std::int64_t totalSteps) {
  if (step <= warmupSteps) return static_cast<double>(step) / static_cast<double>(warmupSteps);
  const auto left = static_cast<double>(totalSteps - step + 1);
  const auto span = static_cast<double>(std::max<std::int64_t>(1, totalSteps - warmupSteps));
  return std::clamp(left / span, 0.0, 1.0);
}

}  // namespace attune
