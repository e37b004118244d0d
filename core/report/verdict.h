#pragma once

#include <string>
#include <vector>

namespace attune {

// Words of a pair as in the command line's contract.
enum class PairWord { kBetter, kWorse, kNoClearDifference, kNotEnoughData };
const char* pairWordName(PairWord word);  // "better", "worse", "no_clear_difference", "not_enough_data"

// Numbers to word. `low`, `high`: corrected interval of the difference; `smallestGap`: what the analyst cares
// about; `detectableGap`: what this much data can show.
struct PairNumbers {
  double difference = 0;
  double low = 0;
  double high = 0;
  double adjustedP = 1;
  double smallestGap = 0.01;
  double detectableGap = 0;
};
PairWord judgePair(const PairNumbers& numbers);

// What is said about a comparison. Each sentence has its reasons beside it.
struct VerdictSentence {
  std::string text;
  std::string why;  // the numbers, the name of the test, its assumptions
};
struct Verdict {
  std::string text;  // the sentences joined
  std::vector<VerdictSentence> sentences;
  std::string best;         // title of the configuration with the highest mean
  std::string recommended;  // the cheapest that is not clearly worse than the best
  std::string confidence;   // "high", "moderate", "low"
  std::vector<std::string> flags;
};

}  // namespace attune
