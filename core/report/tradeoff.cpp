#include "core/report/tradeoff.h"

#include <algorithm>
#include <cmath>

namespace attune {
namespace {

Estimate valueOf(const Configuration& c, const TradeoffAxis& axis) {
  if (axis.name == "accuracy") return {c.mean, c.low, c.high};
  const double value = axis.name == "train_seconds"    ? c.cost.knownTrainSeconds()
                       : axis.name == "peak_bytes"     ? static_cast<double>(c.cost.peakBytes)
                       : axis.name == "stored_bytes"   ? static_cast<double>(c.cost.storedBytes)
                       : axis.name == "request_tokens" ? c.cost.promptTokensPerRequest
                                                       : c.cost.secondsPerPrediction;
  // Nothing is measured of the majority class, and some costs are 0 where there are none.
  const bool known = c.runs.front() && (value > 0 || axis.name == "train_seconds" ||
                                        axis.name == "stored_bytes" || axis.name == "request_tokens");
  const double shown = known ? value : NAN;
  return {shown, shown, shown};
}

}  // namespace

const std::vector<TradeoffAxis>& tradeoffAxes() {
  static const std::vector<TradeoffAxis> axes{
      {"accuracy", "correct answers (%)", true},   {"train_seconds", "training time (s)"},
      {"peak_bytes", "peak memory (bytes)"},       {"stored_bytes", "stored a task (bytes)"},
      {"request_tokens", "tokens more a request"}, {"answer_seconds", "time of an answer (s)"}};
  return axes;
}

std::vector<std::size_t> paretoFront(const Comparison& comparison, const TradeoffAxis& x,
                                     const TradeoffAxis& y) {
  struct Point {
    std::size_t index;
    double x, y;  // the less the better
  };
  std::vector<Point> points;
  for (std::size_t c = 0; c < comparison.configurations.size(); ++c) {
    const Configuration& configuration = comparison.configurations[c];
    const double a = valueOf(configuration, x).value, b = valueOf(configuration, y).value;
    if (std::isfinite(a) && std::isfinite(b))
      points.push_back({c, x.moreIsBetter ? -a : a, y.moreIsBetter ? -b : b});
  }
  std::vector<std::size_t> front;
  std::stable_sort(points.begin(), points.end(), [](const Point& a, const Point& b) { return a.x < b.x; });
  for (const Point& p : points) {
    const bool beaten = std::any_of(points.begin(), points.end(), [&](const Point& other) {
      return other.x <= p.x && other.y <= p.y && (other.x < p.x || other.y < p.y);
    });
    if (!beaten) front.push_back(p.index);
  }
  return front;
}

Picture tradeoffPicture(const Comparison& comparison, const TradeoffAxis& x, const TradeoffAxis& y) {
  Picture picture;
  picture.title = "What is paid for what";
  picture.xTitle = x.title;
  picture.yTitle = y.title;
  const auto scale = [](const TradeoffAxis& axis) { return axis.name == "accuracy" ? 100.0 : 1.0; };
  picture.scale = scale(y);
  picture.xScale = scale(x);
  const auto log = [&](const TradeoffAxis& axis) {
    double least = INFINITY, most = 0;
    for (const Configuration& c : comparison.configurations) {
      const double value = valueOf(c, axis).value;
      if (!std::isfinite(value)) continue;
      least = std::min(least, value);
      most = std::max(most, value);
    }
    return !axis.moreIsBetter && least > 0 && most > 20 * least;
  };
  picture.logX = log(x);
  picture.logY = log(y);
  if (picture.logX) picture.xTitle += ", log";
  if (picture.logY) picture.yTitle += ", log";
  PictureSeries front{"Pareto front", 0, {}, true};
  for (const std::size_t c : paretoFront(comparison, x, y)) {
    const Configuration& configuration = comparison.configurations[c];
    const double height = valueOf(configuration, y).value;
    front.points.push_back({valueOf(configuration, x).value, {height, height, height}});
  }
  if (front.points.size() > 1) picture.series.push_back(std::move(front));
  for (const Configuration& c : comparison.configurations) {
    const double at = valueOf(c, x).value;
    const Estimate value = valueOf(c, y);
    if (std::isfinite(at) && std::isfinite(value.value))
      picture.series.push_back({c.title, c.slot, {{at, value}}});
  }
  return picture;
}

}  // namespace attune
