#include "core/report/number_text.h"

#include <array>
#include <chrono>
#include <cmath>

#include "core/base/text.h"

namespace attune {
namespace {

constexpr const char* kMissing = "–";
constexpr const char* kMinus = "−";  // U+2212

std::string signedText(double value, int decimals) {
  const std::string digits = formatFixed(std::fabs(value), decimals);
  if (digits.find_first_not_of("0.") == std::string::npos) return digits;
  return (value < 0 ? kMinus : "+") + digits;
}

std::string twoDigits(std::int64_t value) { return (value < 10 ? "0" : "") + std::to_string(value); }

// Three significant digits; the value is below 1,000 or rounds to it.
std::string threeDigits(double value) {
  return formatFixed(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

}  // namespace

std::string percentText(double share) {
  return std::isfinite(share) ? formatFixed(share * 100, 1) + " %" : kMissing;
}

std::string smallShareText(double share) {
  if (!std::isfinite(share)) return kMissing;
  const double percent = share * 100;
  if (percent == 0 || percent >= 0.095) return percentText(share);
  if (percent < 0.00095) return "<0.001 %";
  return formatFixed(percent, percent < 0.0095 ? 3 : 2) + " %";
}

std::string percentIntervalText(double low, double high) {
  if (!std::isfinite(low) || !std::isfinite(high)) return kMissing;
  return formatFixed(low * 100, 1) + " to " + percentText(high);
}

std::string pointsText(double difference) {
  return std::isfinite(difference) ? signedText(difference * 100, 1) + " points" : kMissing;
}

std::string pointsIntervalText(double low, double high) {
  if (!std::isfinite(low) || !std::isfinite(high)) return kMissing;
  return signedText(low * 100, 1) + " to " + pointsText(high);
}

std::string signedCountText(double count) { return std::isfinite(count) ? signedText(count, 0) : kMissing; }

std::string countText(std::int64_t count) {
  constexpr std::array<const char*, 4> kUnits{" k", " M", " B", " T"};
  if (count < 0) return kMinus + countText(-count);
  if (count < 1000) return std::to_string(count);
  double value = static_cast<double>(count) / 1000;
  std::size_t unit = 0;
  for (; value >= 999.5 && unit + 1 < kUnits.size(); ++unit) value /= 1000;
  return threeDigits(value) + kUnits[unit];
}

std::string wholeText(std::int64_t count) {
  const std::string digits = std::to_string(count);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && digits[i - 1] != '-' && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string bytesText(std::int64_t bytes) {
  constexpr std::array<const char*, 4> kUnits{" kB", " MB", " GB", " TB"};
  if (bytes < 0) return kMissing;
  if (bytes < 1000) return std::to_string(bytes) + " B";
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  for (; value >= 999.5 && unit + 1 < kUnits.size(); ++unit) value /= 1000;
  return formatFixed(value, value < 9.95 ? 1 : 0) + kUnits[unit];
}

std::string energyText(double joules) {
  if (!(joules > 0)) return "not measured";
  return joules < 1000 ? formatFixed(joules, 0) + " J" : formatFixed(joules / 1000, 1) + " kJ";
}

std::string durationText(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return kMissing;
  if (seconds == 0) return "0 s";
  if (seconds < 0.05) return "<0.1 s";
  if (seconds < 9.95) return formatFixed(seconds, 1) + " s";
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return std::to_string(whole / 60) + ":" + twoDigits(whole % 60) + " min";
  const auto minutes = static_cast<std::int64_t>(std::llround(seconds / 60));
  return std::to_string(minutes / 60) + ":" + twoDigits(minutes % 60) + " h";
}

std::string probabilityText(double p) {
  if (!std::isfinite(p)) return kMissing;
  return p < 0.001 ? "<0.001" : formatFixed(p, 3);
}

std::string dateText(std::int64_t utcMilliseconds) {
  using namespace std::chrono;
  const sys_seconds second =
      floor<std::chrono::seconds>(sys_time<milliseconds>(milliseconds(utcMilliseconds)));
  const sys_days day = floor<days>(second);
  const year_month_day date(day);
  const hh_mm_ss<std::chrono::seconds> time(second - day);
  return std::to_string(static_cast<int>(date.year())) + "-" +
         twoDigits(static_cast<unsigned>(date.month())) + "-" + twoDigits(static_cast<unsigned>(date.day())) +
         "T" + twoDigits(time.hours().count()) + ":" + twoDigits(time.minutes().count()) + ":" +
         twoDigits(time.seconds().count()) + "Z";
}

std::string pairWordText(PairWord word) {
  switch (word) {
    case PairWord::kBetter:
      return "better";
    case PairWord::kWorse:
      return "worse";
    case PairWord::kNoClearDifference:
      return "no clear difference";
    case PairWord::kNotEnoughData:
      return "not enough data";
  }
  return "not enough data";
}

std::string pairWordSymbol(PairWord word) {
  switch (word) {
    case PairWord::kBetter:
      return "▲";
    case PairWord::kWorse:
      return "▼";
    case PairWord::kNoClearDifference:
      return "≈";
    case PairWord::kNotEnoughData:
      return "?";
  }
  return "?";
}

}  // namespace attune
