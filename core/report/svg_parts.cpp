#include "core/report/svg_parts.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string_view>

#include "core/base/text.h"
#include "core/report/palette.h"

namespace attune::svg {
namespace {

std::string styleSheet() {
  std::string light =
      ".af{font:13px system-ui,'DejaVu Sans',sans-serif}.af-small{font-size:11px}.af-bold{font-weight:600}";
  std::string dark;
  const auto rules = [](const char* paper, const char* ink, const char* faint) {
    std::string css = std::string(".af-paper{fill:") + paper + "}.af text{fill:" + ink;
    css += std::string("}.af-axis{stroke:") + ink + ";stroke-width:1}.af-grid{stroke:" + faint +
           ";stroke-width:1}";
    return css;
  };
  light += rules(kLightPaper, kLightInk, "#d5d8de");
  dark += rules(kDarkPaper, kDarkInk, "#454a54");
  for (std::size_t s = 0; s < kSlotStyles.size(); ++s) {
    const std::string name = ".af-f" + std::to_string(s);
    const std::string stroke = ".af-s" + std::to_string(s);
    const auto rule = [&](const char* colour) {
      return name + "{fill:" + colour + "}" + stroke + "{stroke:" + colour + ";fill:none}";
    };
    light += rule(kSlotStyles[s].light);
    dark += rule(kSlotStyles[s].dark);
  }
  return light + "@media screen and (prefers-color-scheme:dark){" + dark + "}";
}

// A closed path through points at the given angles (degrees, 0 = up) and radii.
std::string polygon(double x, double y, const std::vector<std::pair<double, double>>& corners) {
  std::string path;
  for (const auto& [degrees, radius] : corners) {
    const double angle = degrees * std::numbers::pi / 180;
    path += path.empty() ? "M" : "L";
    path += number(x + radius * std::sin(angle)) + " " + number(y - radius * std::cos(angle));
  }
  return path + "Z";
}

std::string markerPath(std::string_view kind, double x, double y, double r) {
  const auto regular = [&](int corners, double start, double radius) {
    std::vector<std::pair<double, double>> points;
    for (int k = 0; k < corners; ++k) points.emplace_back(start + 360.0 * k / corners, radius);
    return polygon(x, y, points);
  };
  if (kind == "square") return regular(4, 45, 1.3 * r);
  if (kind == "diamond") return regular(4, 0, 1.3 * r);
  if (kind == "triangle") return regular(3, 0, 1.3 * r);
  if (kind == "triangle_down") return regular(3, 180, 1.3 * r);
  if (kind == "pentagon") return regular(5, 0, 1.15 * r);
  std::vector<std::pair<double, double>> points;
  if (kind == "star") {
    for (int k = 0; k < 5; ++k) {
      points.emplace_back(72.0 * k, 1.4 * r);
      points.emplace_back(72.0 * k + 36, 0.6 * r);
    }
  } else {  // an upright cross with thick arms
    for (int k = 0; k < 4; ++k) {
      points.emplace_back(90.0 * k - 19, 1.2 * r);
      points.emplace_back(90.0 * k + 19, 1.2 * r);
      points.emplace_back(90.0 * k + 45, 0.55 * r);
    }
  }
  return polygon(x, y, points);
}

}  // namespace

std::string number(double value) {
  std::string digits = formatFixed(value, 1);
  if (digits.ends_with(".0")) digits.resize(digits.size() - 2);
  return digits;
}

void begin(Markup& out, double width, double height, const std::string& title,
           const std::string& description) {
  out.open("svg", {{"xmlns", "http://www.w3.org/2000/svg"},
                   {"class", "af"},
                   {"viewBox", "0 0 " + number(width) + " " + number(height)},
                   {"width", number(width)},
                   {"height", number(height)},
                   {"role", "img"}});
  out.leaf("title", title).leaf("desc", description).line();
  out.open("style").trusted(styleSheet()).close().line();
  out.empty("rect", {{"class", "af-paper"}, {"width", number(width)}, {"height", number(height)}}).line();
}

void line(Markup& out, double x1, double y1, double x2, double y2, const char* style) {
  out.empty(
      "line",
      {{"class", style}, {"x1", number(x1)}, {"y1", number(y1)}, {"x2", number(x2)}, {"y2", number(y2)}});
}

void text(Markup& out, double x, double y, const std::string& content, const char* style,
          const char* anchor) {
  out.leaf("text", content, {{"class", style}, {"x", number(x)}, {"y", number(y)}, {"text-anchor", anchor}});
}

void marker(Markup& out, int slot, double x, double y, double radius) {
  const std::string_view kind = slotStyle(slot).marker;
  if (kind == "circle")
    out.empty("circle",
              {{"class", fillOf(slot)}, {"cx", number(x)}, {"cy", number(y)}, {"r", number(radius)}});
  else
    out.empty("path", {{"class", fillOf(slot)}, {"d", markerPath(kind, x, y, radius)}});
}

std::string fillOf(int slot) { return "af-f" + std::to_string(std::max(slot, 0) % 8); }
std::string strokeOf(int slot) { return "af-s" + std::to_string(std::max(slot, 0) % 8); }

double Axis::at(double value) const {
  const double held = std::clamp(value, low, high);
  const double share = log ? std::log(held / low) / std::log(high / low) : (held - low) / (high - low);
  return from + share * (to - from);
}

double niceStep(double range, int most) {
  double step = std::pow(10, std::floor(std::log10(range / most)));
  for (const double factor : {1.0, 2.0, 5.0, 10.0})
    if (range / (step * factor) <= most + 1e-9) return step * factor;
  return step * 10;
}

double niceCeiling(double value) {
  if (!(value > 0)) return 1;
  const double power = std::pow(10, std::floor(std::log10(value)));
  for (const double factor : {1.0, 2.0, 5.0, 10.0})
    if (value <= power * factor * (1 + 1e-9)) return power * factor;
  return power * 10;
}

}  // namespace attune::svg
