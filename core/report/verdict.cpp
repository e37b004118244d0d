#include "core/report/verdict.h"

#include <cmath>

namespace attune {

const char* pairWordName(PairWord word) {
  switch (word) {
    case PairWord::kBetter:
      return "better";
    case PairWord::kWorse:
      return "worse";
    case PairWord::kNoClearDifference:
      return "no_clear_difference";
    case PairWord::kNotEnoughData:
      return "not_enough_data";
  }
  return "not_enough_data";
}

PairWord judgePair(const PairNumbers& n) {
  const bool excludesZero = n.low > 0 || n.high < 0;
  if (excludesZero) {
    // Certain, but too small to care about.
    if (std::fabs(n.difference) <= n.smallestGap) return PairWord::kNoClearDifference;
    return n.difference > 0 ? PairWord::kBetter : PairWord::kWorse;
  }
  if (n.low >= -n.smallestGap && n.high <= n.smallestGap) return PairWord::kNoClearDifference;
  return n.detectableGap <= n.smallestGap ? PairWord::kNoClearDifference : PairWord::kNotEnoughData;
}

}  // namespace attune
