#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/report/stats.h"

// What is told beside accuracy where one label is most of the answers: then a method can be right often and
// know nothing. Pure functions.
namespace attune {

struct Comparison;

// One label is the answer to more than 60 % of the test items; never of free answers.
bool isSkewed(const Comparison& comparison);

// Expected calibration error: mean over bins of |share of right answers - mean confidence|, weighted by the
// bins' items; 15 bins of equally many items in order of confidence (Nguyen and O'Connor 2015; Nixon et al.
// 2019). Equal confidences may fall into two bins, in order of the items. 0 without items.
double calibrationError(const std::vector<float>& confidences, const std::vector<std::uint8_t>& right);

// Macro F1 and calibration error of a configuration, means over seeds, each with the percentile interval of
// 2,000 draws of seeds and, the same for all, items.
struct SideScores {
  double macroF1 = 0;
  Interval macroF1Interval;
  double calibrationError = 0;  // not-a-number where no confidences are known
  Interval calibrationInterval;
};
SideScores sideScores(const std::vector<std::int64_t>& labels,
                      const std::vector<std::vector<std::int64_t>>& predicted,  // [seed][item]
                      const std::vector<std::vector<float>>& confidences);      // [seed][item], or empty

}  // namespace attune
