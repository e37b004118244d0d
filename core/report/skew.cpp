#include "core/report/skew.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "core/report/comparison.h"

namespace attune {
namespace {

constexpr double kSkewed = 0.6;
constexpr std::size_t kBins = 15;
constexpr int kDraws = 2000;

// Of items drawn with repetition; labels are 0 to labelCount - 1.
double macroF1Of(const std::vector<std::size_t>& items, const std::vector<std::int64_t>& labels,
                 const std::vector<std::int64_t>& predicted, std::size_t labelCount) {
  std::vector<double> hits(labelCount), asked(labelCount), answered(labelCount);
  for (const std::size_t i : items) {
    const auto right = static_cast<std::size_t>(labels[i]), answer = static_cast<std::size_t>(predicted[i]);
    asked[right] += 1;
    answered[answer] += 1;
    hits[right] += right == answer;
  }
  double sum = 0, count = 0;
  for (std::size_t k = 0; k < labelCount; ++k) {
    if (asked[k] + answered[k] == 0) continue;
    sum += 2 * hits[k] / (asked[k] + answered[k]);
    count += 1;
  }
  return count > 0 ? sum / count : 0;
}

// `order`: all items by confidence; `times`: how often each is drawn.
double calibrationOf(const std::vector<std::size_t>& order, const std::vector<int>& times,
                     const std::vector<float>& confidences, const std::vector<std::uint8_t>& right) {
  const double all = std::accumulate(times.begin(), times.end(), 0.0);
  if (all <= 0) return 0;
  double error = 0, seen = 0, difference = 0;
  std::size_t bin = 1;
  for (const std::size_t i : order)
    for (int k = 0; k < times[i]; ++k) {
      difference += right[i] - static_cast<double>(confidences[i]);
      seen += 1;
      if (seen + 0.5 > all * static_cast<double>(bin) / kBins) {
        error += std::fabs(difference);
        difference = 0;
        ++bin;
      }
    }
  return (error + std::fabs(difference)) / all;
}

std::vector<std::size_t> byConfidence(const std::vector<float>& confidences) {
  std::vector<std::size_t> order(confidences.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return confidences[a] < confidences[b]; });
  return order;
}

}  // namespace

bool isSkewed(const Comparison& comparison) {
  if (comparison.dataset.freeAnswers || comparison.testItems.empty()) return false;
  std::map<std::int64_t, std::size_t> counts;
  std::size_t most = 0;
  for (const StoredExample& item : comparison.testItems) most = std::max(most, ++counts[item.label]);
  return static_cast<double>(most) > kSkewed * static_cast<double>(comparison.testItems.size());
}

double calibrationError(const std::vector<float>& confidences, const std::vector<std::uint8_t>& right) {
  return calibrationOf(byConfidence(confidences), std::vector<int>(confidences.size(), 1), confidences,
                       right);
}

SideScores sideScores(const std::vector<std::int64_t>& labels,
                      const std::vector<std::vector<std::int64_t>>& predicted,
                      const std::vector<std::vector<float>>& confidences) {
  SideScores scores;
  const std::size_t seeds = predicted.size(), items = labels.size();
  std::size_t labelCount = 0;
  for (const std::int64_t label : labels)
    labelCount = std::max(labelCount, static_cast<std::size_t>(label) + 1);
  std::vector<std::vector<std::size_t>> orders;
  std::vector<std::vector<std::uint8_t>> right(seeds);
  for (std::size_t s = 0; s < seeds; ++s)
    for (std::size_t i = 0; i < items; ++i) {
      labelCount = std::max(labelCount, static_cast<std::size_t>(predicted[s][i]) + 1);
      right[s].push_back(predicted[s][i] == labels[i]);
    }
  const bool known = confidences.size() == seeds && seeds > 0;
  for (std::size_t s = 0; s < seeds && known; ++s) orders.push_back(byConfidence(confidences[s]));

  std::vector<std::size_t> all(items);
  std::iota(all.begin(), all.end(), std::size_t{0});
  scores.calibrationError = known ? 0 : std::numeric_limits<double>::quiet_NaN();
  for (std::size_t s = 0; s < seeds; ++s) {
    scores.macroF1 += macroF1Of(all, labels, predicted[s], labelCount) / static_cast<double>(seeds);
    if (known)
      scores.calibrationError += calibrationError(confidences[s], right[s]) / static_cast<double>(seeds);
  }
  Random random(BootstrapOptions{}.seed.sub("side scores"));
  std::vector<double> f1, calibration;
  for (int draw = 0; draw < kDraws; ++draw) {
    std::vector<std::size_t> drawn(items);
    std::vector<int> times(items, 0);
    for (std::size_t& i : drawn) ++times[i = random.below(items)];
    double f = 0, c = 0;
    for (std::size_t k = 0; k < seeds; ++k) {
      const std::size_t s = random.below(seeds);
      f += macroF1Of(drawn, labels, predicted[s], labelCount) / static_cast<double>(seeds);
      if (known) c += calibrationOf(orders[s], times, confidences[s], right[s]) / static_cast<double>(seeds);
    }
    f1.push_back(f);
    calibration.push_back(c);
  }
  scores.macroF1Interval = percentileInterval(std::move(f1));
  if (known) scores.calibrationInterval = percentileInterval(std::move(calibration));
  return scores;
}

}  // namespace attune
