#pragma once

#include <cstdint>
#include <string>

#include "core/report/comparison.h"

// The one place where numbers become the text that people read; window, command line and all reports use it,
// so that they cannot differ. Always with a decimal point; what is not a number is "–".
namespace attune {

std::string percentText(double share);                     // "91.5 %"
std::string percentIntervalText(double low, double high);  // "86.4 to 94.7 %"
std::string smallShareText(double share);                  // "0.5 %", "0.02 %", "<0.001 %"
std::string pointsText(double difference);                 // "+2.5 points"
std::string countText(std::int64_t count);                 // "5.26 M", "10.2 k", "640", "0"
std::string bytesText(std::int64_t bytes);                 // "1.2 MB"
std::string energyText(double joules);                     // "850 J", "1.2 kJ"; 0: "not measured"
std::string durationText(double seconds);                  // "0.8 s", "41 s", "3:02 min", "1:20 h"
std::string pointsIntervalText(double low, double high);   // "−0.5 to +4.0 points"
std::string signedCountText(double count);                 // "+8", "−4", "0"
std::string wholeText(std::int64_t count);                 // "1,200"
std::string probabilityText(double p);                     // "0.038", "<0.001"
std::string dateText(std::int64_t utcMilliseconds);        // "2024-02-29T12:00:00Z"
std::string pairWordText(PairWord word);                   // "no clear difference"
std::string pairWordSymbol(PairWord word);                 // "▲", "▼", "≈", "?"

}  // namespace attune
