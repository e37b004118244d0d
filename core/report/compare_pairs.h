#pragma once

#include "core/report/comparison.h"

namespace attune {

// From the outcomes of the configurations: their means and intervals, every pair and its word, the smallest
// detectable gap. Pure; the same outcomes give the same numbers. Without `bootstrap` the intervals beside,
// which no word uses, stay empty: they take most of the time.
void compareConfigurations(Comparison& comparison, bool bootstrap = true);

// More than half of the seeds answer the item rightly.
bool majorityRight(const Configuration& configuration, std::size_t item);
// The answer that most seeds give; of several the one with the lowest index. `votes` says how many give it.
struct Vote {
  std::int64_t label = 0;
  int votes = 0;
};
Vote majorityVote(const Configuration& configuration, std::size_t item);

// Mean over seeds of the unweighted mean F1 of the labels that are asked for or answered.
double macroF1(const std::vector<std::int64_t>& right, const std::vector<std::int64_t>& predicted);

}  // namespace attune
