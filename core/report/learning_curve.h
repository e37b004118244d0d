#pragma once

#include <optional>
#include <vector>

namespace attune {

// Weights that make the mean of a curve over the logarithm of `rows` (ascending) from its points, by the
// trapezoid rule; their sum is 1.
std::vector<double> curveWeights(const std::vector<double>& rows);

// Where the gap, straight between its points over the logarithm of `rows`, goes through 0 for good: the last
// change of sign from negative to positive or back. Nothing where the sign stays.
std::optional<double> crossing(const std::vector<double>& rows, const std::vector<double>& gaps);

}  // namespace attune
