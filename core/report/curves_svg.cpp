#include <algorithm>
#include <cmath>
#include <map>

#include "core/base/text.h"
#include "core/report/number_text.h"
#include "core/report/palette.h"
#include "core/report/report.h"
#include "core/report/svg_parts.h"

namespace attune {
namespace {

constexpr double kWidth = 980;
constexpr double kBottom = 310;
constexpr double kLegend = 760;

struct Group {
  std::string title;
  int slot = 0;
  std::vector<const Curve*> curves;
};

std::vector<Group> groupByTitle(const std::vector<Curve>& curves) {
  std::vector<Group> groups;
  for (const Curve& curve : curves) {
    auto found =
        std::find_if(groups.begin(), groups.end(), [&](const Group& g) { return g.title == curve.title; });
    if (found == groups.end()) found = groups.insert(groups.end(), {curve.title, curve.slot, {}});
    found->curves.push_back(&curve);
  }
  return groups;
}

// At the steps that every seed has.
std::vector<std::pair<double, double>> meanLine(const Group& group) {
  std::map<double, std::pair<std::size_t, double>> sums;
  for (const Curve* curve : group.curves)
    for (std::size_t i = 0; i < curve->x.size(); ++i) {
      auto& [count, sum] = sums[curve->x[i]];
      ++count;
      sum += curve->y[i];
    }
  std::vector<std::pair<double, double>> points;
  for (const auto& [x, sum] : sums)
    if (sum.first == group.curves.size()) points.emplace_back(x, sum.second / static_cast<double>(sum.first));
  return points;
}

std::string pathThrough(const std::vector<std::pair<double, double>>& points, const svg::Axis& xs,
                        const svg::Axis& ys) {
  std::string path;
  for (const auto& [x, y] : points) {
    path += path.empty() ? "M" : "L";
    path += svg::number(xs.at(x)) + " " + svg::number(ys.at(y));
  }
  return path;
}

void drawLine(Markup& out, int slot, const std::string& path, const char* width, const char* opacity,
              const char* dashes) {
  if (path.empty()) return;
  Markup::Attributes attributes{
      {"class", svg::strokeOf(slot)}, {"d", path}, {"stroke-width", width}, {"stroke-opacity", opacity}};
  if (*dashes) attributes.emplace_back("stroke-dasharray", dashes);
  out.empty("path", attributes);
}

}  // namespace

std::string curvesSvg(const std::vector<Curve>& curves) {
  Markup out;
  const std::vector<Group> groups = groupByTitle(curves);
  std::string description;
  double lastStep = 0;
  double low = 1;
  for (const Group& group : groups) {
    for (const Curve* curve : group.curves) {
      for (const double x : curve->x) lastStep = std::max(lastStep, x);
      for (const double y : curve->y) low = std::min(low, y);
    }
    const auto mean = meanLine(group);
    if (mean.empty()) continue;
    description += (description.empty() ? "" : " ") + group.title + ": from " +
                   percentText(mean.front().second) + " to " + percentText(mean.back().second) + " after " +
                   formatFixed(mean.back().first, 0) + " steps.";
  }
  if (groups.empty()) description = "No method was validated during training.";
  const double height = std::max(360.0, 40 + 22 * static_cast<double>(groups.size()));
  svg::begin(out, kWidth, height, "Validation accuracy during training", description);
  if (groups.empty()) {
    svg::text(out, 8, 24, description, "af-bold");
    return out.take();
  }

  const svg::Axis xs{0, std::max(lastStep, 1.0), 64, kLegend - 20, false};
  const svg::Axis ys{std::clamp(std::floor(low * 10 - 1e-9) / 10, 0.0, 0.9), 1, kBottom, 20, false};
  for (int percent = 0; percent <= 100; percent += ys.high - ys.low > 0.55 ? 20 : 10) {
    if (percent < ys.low * 100 - 1e-6) continue;
    const double y = ys.at(percent / 100.0);
    svg::line(out, xs.from, y, xs.to, y, "af-grid");
    svg::text(out, xs.from - 8, y + 4, std::to_string(percent), "af-small", "end");
  }
  const double step = std::max(1.0, svg::niceStep(xs.high, 8));
  for (double x = 0; x <= xs.high + 1e-9; x += step)
    svg::text(out, xs.at(x), kBottom + 18, formatFixed(x, 0), "af-small", "middle");
  svg::text(out, (xs.from + xs.to) / 2, kBottom + 38, "optimiser step", "af-small", "middle");
  out.leaf(
      "text", "correct on the validation split (%)",
      {{"class", "af-small"}, {"text-anchor", "middle"}, {"transform", "translate(18 165) rotate(-90)"}});
  svg::line(out, xs.from, kBottom, xs.to, kBottom, "af-axis");
  out.line();

  double legendY = 30;
  for (const Group& group : groups) {
    out.open("g").leaf("title", group.title);
    const char* dashes = slotStyle(group.slot).dashes;
    if (group.curves.size() > 1)
      for (const Curve* curve : group.curves) {
        std::vector<std::pair<double, double>> points;
        for (std::size_t i = 0; i < curve->x.size(); ++i) points.emplace_back(curve->x[i], curve->y[i]);
        drawLine(out, group.slot, pathThrough(points, xs, ys), "1", "0.55", "");
      }
    const auto mean = meanLine(group);
    drawLine(out, group.slot, pathThrough(mean, xs, ys), "2.5", "1", dashes);
    if (!mean.empty()) svg::marker(out, group.slot, xs.at(mean.back().first), ys.at(mean.back().second), 5);
    drawLine(out, group.slot, "M" + svg::number(kLegend) + " " + svg::number(legendY) + "h28", "2.5", "1",
             dashes);
    svg::marker(out, group.slot, kLegend + 14, legendY, 5);
    svg::text(out, kLegend + 36, legendY + 4, elide(group.title, 24), "af");
    out.close().line();
    legendY += 22;
  }
  return out.take() + "\n";
}

}  // namespace attune
