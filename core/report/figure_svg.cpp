#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/text.h"
#include "core/report/number_text.h"
#include "core/report/report.h"
#include "core/report/svg_parts.h"

namespace attune {
namespace {

constexpr double kWidth = 980;
constexpr double kTop = 58;
constexpr double kRow = 34;
constexpr double kBarRoom = 56;  // to the right of the longest bar, for its number

struct Panel {
  double left;
  double right;
};
constexpr Panel kAccuracy{190, 480};
constexpr Panel kParameters{560, 690};
constexpr Panel kTime{705, 830};
constexpr Panel kStored{845, 972};

std::string describe(const FigureRow& row) {
  const auto seeds = row.seeds.size();
  return row.title + ": " + percentText(row.mean) + " (" + percentIntervalText(row.low, row.high) + "), " +
         std::to_string(seeds) + (seeds == 1 ? " seed, " : " seeds, ") +
         countText(std::llround(row.trainableParameters)) + " trained numbers, " +
         durationText(row.trainSeconds) + " training, " + bytesText(std::llround(row.storedBytes)) +
         " stored.";
}

void head(Markup& out, double x, const char* title, const char* unit) {
  svg::text(out, x, 18, title, "af-bold");
  svg::text(out, x, 35, unit, "af-small");
  out.line();
}

svg::Axis accuracyAxis(const std::vector<FigureRow>& rows) {
  double low = 1;
  for (const FigureRow& row : rows) {
    low = std::min({low, row.low, row.mean});
    for (const double seed : row.seeds) low = std::min(low, seed);
  }
  low = std::clamp(std::floor(low * 10 - 1e-9) / 10, 0.0, 0.9);
  return {low, 1, kAccuracy.left, kAccuracy.right, false};
}

svg::Axis logAxis(const std::vector<FigureRow>& rows, double FigureRow::*value, const Panel& panel) {
  double most = 10;
  for (const FigureRow& row : rows) most = std::max(most, row.*value);
  return {1, std::pow(10, std::ceil(std::log10(most) - 1e-9)), panel.left, panel.right - kBarRoom, true};
}

void percentTicks(Markup& out, const svg::Axis& axis, double bottom) {
  const double step = axis.high - axis.low > 0.55 ? 20 : 10;
  for (double percent = 0; percent <= 100; percent += step) {
    if (percent < axis.low * 100 - 1e-6) continue;
    const double x = axis.at(percent / 100);
    svg::line(out, x, kTop - 12, x, bottom, "af-grid");
    svg::text(out, x, bottom + 16, formatFixed(percent, 0), "af-small", "middle");
  }
  svg::text(out, (axis.from + axis.to) / 2, bottom + 33, "correct answers (%)", "af-small", "middle");
  out.line();
}

// 10^power in few letters: "1 M", "10 kB".
std::string decadeText(std::size_t power, bool bytes) {
  constexpr std::array<const char*, 5> kCounts{"", " k", " M", " B", " T"};
  constexpr std::array<const char*, 5> kBytes{" B", " kB", " MB", " GB", " TB"};
  const std::size_t unit = std::min<std::size_t>(power / 3, kCounts.size() - 1);
  return "1" + std::string(power - 3 * unit, '0') + (bytes ? kBytes : kCounts)[unit];
}

void logTicks(Markup& out, const svg::Axis& axis, double bottom, bool bytes) {
  const auto decades = static_cast<std::size_t>(std::lround(std::log10(axis.high)));
  const std::size_t step = decades > 6 ? 6 : decades > 3 ? 3 : std::max<std::size_t>(decades, 1);
  for (std::size_t power = 0; power <= decades; power += step) {
    const double x = axis.at(std::pow(10, power));
    svg::line(out, x, kTop - 12, x, bottom, "af-grid");
    svg::text(out, x, bottom + 16, decadeText(power, bytes), "af-small", "middle");
  }
  svg::text(out, axis.from, bottom + 33, bytes ? "bytes (log)" : "numbers (log)", "af-small");
  out.line();
}

void bar(Markup& out, const svg::Axis& axis, double value, double y, int slot, const std::string& label) {
  double end = axis.from;
  if (value > axis.low || (!axis.log && value > 0)) {
    end = std::max(axis.at(value), axis.from + 1);
    out.empty("rect", {{"class", svg::fillOf(slot)},
                       {"x", svg::number(axis.from)},
                       {"y", svg::number(y - 7)},
                       {"width", svg::number(end - axis.from)},
                       {"height", "14"}});
  }
  svg::text(out, end + 5, y + 4, label, "af-small");
}

void whisker(Markup& out, const svg::Axis& axis, const FigureRow& row, double y) {
  const std::string stroke = svg::strokeOf(row.slot);
  const auto part = [&](double x1, double y1, double x2, double y2, const char* width) {
    out.empty("line", {{"class", stroke},
                       {"stroke-width", width},
                       {"x1", svg::number(x1)},
                       {"y1", svg::number(y1)},
                       {"x2", svg::number(x2)},
                       {"y2", svg::number(y2)}});
  };
  const double low = axis.at(row.low);
  const double high = axis.at(row.high);
  part(low, y, high, y, "2");
  part(low, y - 5, low, y + 5, "2");
  part(high, y - 5, high, y + 5, "2");
  if (row.seeds.size() > 1)
    for (const double seed : row.seeds) part(axis.at(seed), y - 9, axis.at(seed), y + 9, "1");
  svg::marker(out, row.slot, axis.at(row.mean), y, 5);
}

}  // namespace

std::string figureSvg(const std::vector<FigureRow>& rows) {
  Markup out;
  const double bottom = kTop + kRow * static_cast<double>(rows.size());
  std::string description;
  for (const FigureRow& row : rows) description += (description.empty() ? "" : " ") + describe(row);
  if (rows.empty()) description = "No method has a result yet.";
  svg::begin(
      out, kWidth, bottom + 44,
      "Accuracy and cost of " + std::to_string(rows.size()) + (rows.size() == 1 ? " method" : " methods"),
      description);
  if (rows.empty()) {
    svg::text(out, 8, 24, description, "af-bold");
    return out.take();
  }

  head(out, 8, "Method", "");
  head(out, kAccuracy.left, "Correct on the test split", "dot: mean, bar: 95 % interval, thin: seeds");
  head(out, kParameters.left, "Trained numbers", "log scale");
  head(out, kTime.left, "Training time", "mean over seeds");
  head(out, kStored.left, "Stored a task", "log scale");

  const svg::Axis accuracy = accuracyAxis(rows);
  const svg::Axis parameters = logAxis(rows, &FigureRow::trainableParameters, kParameters);
  const svg::Axis stored = logAxis(rows, &FigureRow::storedBytes, kStored);
  double longest = 0;
  for (const FigureRow& row : rows) longest = std::max(longest, row.trainSeconds);
  const svg::Axis time{0, svg::niceCeiling(longest), kTime.left, kTime.right - kBarRoom, false};

  percentTicks(out, accuracy, bottom);
  logTicks(out, parameters, bottom, false);
  logTicks(out, stored, bottom, true);
  for (const double end : {time.low, time.high}) {
    svg::line(out, time.at(end), kTop - 12, time.at(end), bottom, "af-grid");
    svg::text(out, time.at(end), bottom + 16, formatShortest(end), "af-small", "middle");
  }
  svg::text(out, time.from, bottom + 33, "seconds", "af-small");
  out.line();

  for (std::size_t k = 0; k < rows.size(); ++k) {
    const FigureRow& row = rows[k];
    const double y = kTop + kRow * (static_cast<double>(k) + 0.5);
    out.open("g").leaf("title", describe(row));
    svg::marker(out, row.slot, 14, y, 5);
    svg::text(out, 26, y + 4, elide(row.title, 20), "af");
    whisker(out, accuracy, row, y);
    svg::text(out, kAccuracy.right + 10, y + 4, percentText(row.mean), "af");
    bar(out, parameters, row.trainableParameters, y, row.slot,
        countText(std::llround(row.trainableParameters)));
    bar(out, time, row.trainSeconds, y, row.slot, durationText(row.trainSeconds));
    bar(out, stored, row.storedBytes, y, row.slot, bytesText(std::llround(row.storedBytes)));
    out.close().line();
  }
  svg::line(out, kAccuracy.left, bottom, kAccuracy.right, bottom, "af-axis");
  svg::line(out, parameters.from, bottom, parameters.to, bottom, "af-axis");
  svg::line(out, time.from, bottom, time.to, bottom, "af-axis");
  svg::line(out, stored.from, bottom, stored.to, bottom, "af-axis");
  return out.take() + "\n";
}

}  // namespace attune
