#pragma once

#include "core/report/comparison.h"

namespace attune {

// What lowers the trust in a comparison. `weight` 0 is only told, 1 lowers the confidence by one step (from
// high to moderate to low), 2 by two.
struct VerdictFlag {
  std::string text;
  int weight = 1;
};

// Confidence is
//   high      with at least 3 seeds, 200 test examples, no flag, and enough data to tell the recommended
//   method
//             from the strongest other one (or to say that they do not differ);
//   moderate  with one shortcoming: fewer than 3 seeds, 100 to 199 test examples, a flag of weight 1;
//   low       with two, or a serious one: fewer than 100 test examples, the same texts in training and test,
//             runs that have not ended.
std::vector<VerdictFlag> findFlags(const Comparison& comparison, const std::vector<Run>& runs,
                                   const std::vector<std::string>& stillImproving, std::size_t recommended,
                                   std::size_t rival);
std::string confidenceOf(const std::vector<VerdictFlag>& flags);

// The places of the configurations that the verdict is about. `configurations.size()` where there is none.
struct Choice {
  std::size_t best = 0;         // highest mean
  std::size_t recommended = 0;  // cheapest that is not clearly worse than the best, never the majority class
  std::size_t rival = 0;        // the best, or when that is recommended the second best; no majority class
};
Choice choose(const Comparison& comparison);

// Numbers to sentences. Needs all runs of the study for what went wrong, and the titles of the configurations
// whose validation accuracy was still rising at the end.
Verdict makeVerdict(const Comparison& comparison, const std::vector<Run>& runs,
                    const std::vector<std::string>& stillImproving);

}  // namespace attune
