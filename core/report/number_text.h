#pragma once

#include <cstdint>
#include <string>

#include "core/report/comparison.h"

// The one place where numbers become the text that people read; window, command line and all reports use it,
// so that they cannot differ. Always with a decimal point.
namespace attune {

std::string percentText(double share);                             // "91.5 %"
std::string percentIntervalText(double low, double high);          // "86.4 to 94.7 %"
std::string pointsText(double difference);                         // "+2.5 points"
std::string countText(std::int64_t count);                         // "5.26 M", "10.2 k", "640", "0"
std::string bytesText(std::int64_t bytes);                         // "1.2 MB"
std::string durationText(double seconds);                          // "0.8 s", "41 s", "3:02 min", "1:20 h"
std::string pairWordText(PairWord word);                           // "no clear difference"
std::string pairWordSymbol(PairWord word);                         // "▲", "▼", "≈", "?"

}  // namespace attune
