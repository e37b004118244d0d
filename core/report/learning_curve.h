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

// The nearest curve that never falls (least squares; pool adjacent violators, Ayer et al. 1955).
std::vector<double> isotonic(std::vector<double> scores);

// The least of `rows` from which on the scores' lower bounds are at least `target`, in order of rows. Nothing
// where none is.
std::optional<double> rowsForTarget(const std::vector<double>& rows, const std::vector<double>& lows,
                                    double target);

// How many rows fewer `own` needs than `reference` for the same score, mean over the scores that both
// isotonic curves reach, straight between the points; negative: more. Nothing where they share none.
std::optional<double> rowsSaved(const std::vector<double>& rows, const std::vector<double>& own,
                                const std::vector<double>& reference);

}  // namespace attune
