#pragma once

#include <cstdint>
#include <vector>

#include "core/study/budget.h"

namespace attune {

// The learning rates that a search of `trials` tries, the method's own first: `own` times a power of ten
// between −1 and 1, in halves up to five trials, then in quarters. The same factors for every method.
std::vector<double> searchedRates(double own, std::int64_t trials);

}  // namespace attune
