#include "core/report/stats.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/normal.hpp>
#include <cassert>
#include <cmath>
#include <numeric>
#include <string>

namespace attune {
namespace {

constexpr std::size_t kLanes =
    16;  // a constant inner trip count, so that the compiler uses vector instructions

// How often each item is in one draw of as many items, with replacement. The 32-bit products favour an item
// by less than items / 2^32.
void drawItems(Random& random, std::size_t items, std::vector<std::uint32_t>& counts) {
  std::fill(counts.begin(), counts.end(), 0U);
  const auto pick = [items](std::uint64_t half) { return static_cast<std::size_t>((half * items) >> 32); };
  for (std::size_t k = 0; k < items; k += 2) {
    const std::uint64_t bits = random.next();
    ++counts[pick(bits >> 32)];
    if (k + 1 < items) ++counts[pick(bits & 0xFFFFFFFFU)];
  }
}

// Sum of the counts where the mask is set.
std::uint64_t countedRight(const std::vector<std::uint32_t>& counts, const std::vector<std::uint32_t>& mask) {
  std::uint32_t sums[kLanes] = {};
  for (std::size_t i = 0; i < counts.size(); i += kLanes)
    for (std::size_t k = 0; k < kLanes; ++k) sums[k] += counts[i + k] & mask[i + k];
  return std::accumulate(std::begin(sums), std::end(sums), std::uint64_t{0});
}

}  // namespace

Interval wilson(std::int64_t right, std::int64_t total, double level) {
  assert(total > 0 && right >= 0 && right <= total);
  const double z = boost::math::quantile(boost::math::normal(), 0.5 + level / 2);
  const double n = static_cast<double>(total);
  const double p = static_cast<double>(right) / n;
  const double centre = (p + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n);
  // Exactly 0 and 1 at the ends, where rounding would leave 1e-17.
  return {right == 0 ? 0 : std::max(0.0, centre - half), right == total ? 1 : std::min(1.0, centre + half)};
}

double mcnemarExact(std::int64_t b, std::int64_t c) {
  if (b + c == 0) return 1;
  const boost::math::binomial fair(static_cast<double>(b + c), 0.5);
  return std::min(1.0, 2 * boost::math::cdf(fair, static_cast<double>(std::min(b, c))));
}

double meanAccuracy(const Outcomes& outcomes) {
  if (outcomes.empty() || outcomes.front().empty()) return 0;
  std::int64_t right = 0;
  for (const auto& row : outcomes) right += std::accumulate(row.begin(), row.end(), std::int64_t{0});
  return static_cast<double>(right) / static_cast<double>(outcomes.size() * outcomes.front().size());
}

std::vector<std::vector<double>> bootstrapMeans(const std::vector<const Outcomes*>& set,
                                                const BootstrapOptions& options) {
  const auto draws = static_cast<std::size_t>(options.draws);
  std::vector<std::vector<double>> means(set.size(), std::vector<double>(draws));
  if (set.empty()) return means;
  const std::size_t items = set.front()->front().size();
  const std::size_t padded = (items + kLanes - 1) / kLanes * kLanes;

  std::vector<std::vector<std::vector<std::uint32_t>>> masks;
  std::vector<Random> seedDraws;
  for (std::size_t c = 0; c < set.size(); ++c) {
    auto& rows = masks.emplace_back();
    for (const auto& outcome : *set[c]) {
      assert(outcome.size() == items);
      auto& row = rows.emplace_back(padded, 0U);
      for (std::size_t i = 0; i < items; ++i) row[i] = outcome[i] ? 0xFFFFFFFFU : 0U;
    }
    seedDraws.emplace_back(options.seed.sub("seeds of configuration " + std::to_string(c)));
  }

  Random itemDraws(options.seed.sub("items"));
  std::vector<std::uint32_t> counts(padded);
  std::vector<std::uint64_t> right;
  for (std::size_t d = 0; d < draws; ++d) {
    drawItems(itemDraws, items, counts);
    for (std::size_t c = 0; c < set.size(); ++c) {
      right.clear();
      for (const auto& row : masks[c]) right.push_back(countedRight(counts, row));
      std::uint64_t sum = 0;
      for (std::size_t s = 0; s < right.size(); ++s)
        sum += right[right.size() == 1 ? 0 : seedDraws[c].below(right.size())];
      means[c][d] = static_cast<double>(sum) / static_cast<double>(right.size() * items);
    }
  }
  return means;
}

Interval percentileInterval(std::vector<double> draws, double level) {
  assert(!draws.empty());
  std::sort(draws.begin(), draws.end());
  const auto cut = static_cast<std::size_t>((1 - level) / 2 * static_cast<double>(draws.size()) + 1e-9);
  const std::size_t low = std::min(cut, (draws.size() - 1) / 2);
  return {draws[low], draws[draws.size() - 1 - low]};
}

std::vector<double> differencesOfDraws(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> differences(a.size());
  for (std::size_t d = 0; d < a.size(); ++d) differences[d] = a[d] - b[d];
  return differences;
}

double bootstrapP(const std::vector<double>& differences) {
  std::int64_t notAbove = 0;
  std::int64_t notBelow = 0;
  for (const double d : differences) {
    notAbove += d <= 0;
    notBelow += d >= 0;
  }
  const double draws = static_cast<double>(differences.size());
  return std::clamp(2 * static_cast<double>(std::min(notAbove, notBelow)) / draws, 1 / draws, 1.0);
}

Interval bootstrapMean(const Outcomes& outcomes, const BootstrapOptions& options) {
  return percentileInterval(bootstrapMeans({&outcomes}, options).front(), options.level);
}

Difference bootstrapDifference(const Outcomes& a, const Outcomes& b, const BootstrapOptions& options) {
  const auto means = bootstrapMeans({&a, &b}, options);
  const std::vector<double> differences = differencesOfDraws(means[0], means[1]);
  return {meanAccuracy(a) - meanAccuracy(b), percentileInterval(differences, options.level),
          bootstrapP(differences)};
}

double welchFreedom(double varianceA, double freedomA, double varianceB, double freedomB) {
  const double squared = (varianceA + varianceB) * (varianceA + varianceB);
  if (squared <= 0) return 1;
  const auto parts = [&](double more) {
    return varianceA * varianceA / (freedomA + more) + varianceB * varianceB / (freedomB + more);
  };
  const double plain = squared / parts(0), unbiased = squared / parts(2) - 2;
  return (plain + unbiased) / 2;
}

std::vector<double> holm(const std::vector<double>& p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) { return p[x] < p[y]; });
  std::vector<double> adjusted(p.size());
  double largest = 0;
  for (std::size_t k = 0; k < order.size(); ++k) {
    largest = std::max(largest, std::min(1.0, static_cast<double>(p.size() - k) * p[order[k]]));
    adjusted[order[k]] = largest;
  }
  return adjusted;
}

std::vector<double> holmLevels(const std::vector<double>& p, double error) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) { return p[x] < p[y]; });
  std::vector<double> levels(p.size());
  double hypotheses = static_cast<double>(p.size());
  for (const std::size_t k : order) {
    levels[k] = 1 - error / hypotheses;
    // The first that is not rejected ends the step-down: all later ones stay at its level.
    if (p[k] * hypotheses > error) {
      for (std::size_t later = 0; later < p.size(); ++later)
        if (levels[later] == 0) levels[later] = levels[k];
      break;
    }
    hypotheses -= 1;
  }
  return levels;
}

double smallestDetectableGap(std::int64_t items, double disagreement) {
  assert(items > 0);
  return std::sqrt(7.84 * disagreement / static_cast<double>(items));
}

}  // namespace attune
