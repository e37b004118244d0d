#pragma once

#include <string>
#include <vector>

#include "core/report/comparison.h"

namespace attune {

// A configuration against itself: two groups of its own seeds as if they were two methods. What is called
// better here is a false alarm.
struct SelfComparison {
  std::string title;
  std::vector<std::uint64_t> seedsA, seedsB;
  double meanA = 0, meanB = 0;
  Interval corrected;  // of the difference, as words use it
  double p = 1;
  PairWord word = PairWord::kNotEnoughData;
};

// Every configuration's seeds in groups of `group`, in order, and every two neighbouring groups compared as a
// study of two methods would be. Configurations with fewer than 2 * group seeds are left out.
std::vector<SelfComparison> compareWithThemselves(const Comparison& comparison, std::size_t group);

}  // namespace attune
