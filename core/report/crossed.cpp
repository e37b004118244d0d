#include "core/report/crossed.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <vector>

namespace attune {
namespace {

constexpr double kLeastP = 1e-9;

double normalQuantile(double level) { return boost::math::quantile(boost::math::normal(), 0.5 + level / 2); }
double studentQuantile(double freedom, double level) {
  return boost::math::quantile(boost::math::students_t(freedom), 0.5 + level / 2);
}

// How many seeds answer each item rightly.
std::vector<double> rightSeeds(const Outcomes& outcomes) {
  std::vector<double> counts(outcomes.front().size(), 0);
  for (const auto& row : outcomes)
    for (std::size_t i = 0; i < row.size(); ++i) counts[i] += row[i];
  return counts;
}

// Wilson's limits where `mean` varies this much over items.
Interval limits(double mean, double variance, std::int64_t items, double z) {
  const double spread = mean * (1 - mean);
  const double n = variance > 0 ? spread / variance : static_cast<double>(items);
  const double centre = (mean + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z * std::sqrt(spread / n + z * z / (4 * n * n)) / (1 + z * z / n);
  return {mean <= 0 ? 0 : std::max(0.0, centre - half), mean >= 1 ? 1 : std::min(1.0, centre + half)};
}

// By how much the square of an interval's side is larger for the seeds, where `items` of it are there already
// at the normal quantile: the whole variance is items - chance + seeds, for chance is in both. Of the seeds'
// share of it the quantile is Student's, of the rest the normal one; between them it goes about with the
// square of that share, as in Welch's own first term. The exponent is chosen by integration over normal
// seeds: intervals of 95 % hold the truth in 93.9 to 97.3 % with one degree of freedom, 94.6 to 96.0 % with
// two and 94.9 to 95.3 % with four, of 99 % in 98.4 to 99.8, 98.7 to 99.5 and 98.9 to 99.2 %, whatever the
// share. Of a `sum` of two methods' variances it is larger, up to twice, the more of what the seeds show
// chance alone would make, for that is known well; one method's alone is too often small by luck for it (of
// two seeds the truth would be held in 91 %).
enum class Seeds { kOne, kSum };
double seedsSquared(double items, double chance, double seeds, double freedom, double level, Seeds whose) {
  if (seeds <= 0 && chance <= 0) return 0;
  const double z = normalQuantile(level), t = studentQuantile(freedom, level);
  const double variance = std::max(0.0, items - chance) + seeds;
  if (variance <= 0) return 0;
  const double known = whose == Seeds::kOne ? 0 : seeds > 0 ? std::min(1.0, chance / seeds) : 1;
  const double share = std::pow(seeds / variance, (1 + known) * (1 + 1 / (1 + z * z / (5 * freedom))));
  return (z * z + (t * t - z * z) * share) * variance - z * z * items;
}
double grown(double side, double squared) { return std::sqrt(std::max(0.0, side * side + squared)); }

// Of answers with few errors the variance over items says little about how often seeds err together. They
// count as if an eighth of an item more were missed by all seeds or by none.
double steadied(const CrossedMean& c) {
  constexpr double kItems = 0.125;
  const double n = static_cast<double>(c.itemCount);
  const double most = c.mean * (1 - c.mean) / n;  // seeds always agree
  if (c.seedCount < 2 || most <= 0) return c.items;
  const double errors = n * std::min(c.mean, 1 - c.mean);
  return (kItems * most + errors * c.items) / (kItems + errors);
}

}  // namespace

CrossedMean crossedMean(const Outcomes& outcomes) {
  CrossedMean crossed;
  const std::vector<double> counts = rightSeeds(outcomes);
  const auto n = static_cast<double>(counts.size()), s = static_cast<double>(outcomes.size());
  crossed.seedCount = static_cast<std::int64_t>(outcomes.size());
  crossed.itemCount = static_cast<std::int64_t>(counts.size());
  double right = 0;
  for (const double count : counts) right += count;
  const double mean = crossed.mean = right / (s * n);  // exactly 0 and 1 at the ends
  for (const double count : counts) crossed.items += (count / s - mean) * (count / s - mean) / (n * n);
  if (outcomes.size() < 2 || counts.size() < 2) return crossed;
  double seeds = 0, chance = 0;
  for (const auto& row : outcomes) {
    double seed = 0;
    for (const std::uint8_t answer : row) seed += answer;
    seed /= n;
    seeds += (seed - mean) * (seed - mean);
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const double rest = row[i] - counts[i] / s - seed + mean;
      chance += rest * rest;
    }
  }
  seeds /= (s - 1) * s;
  chance /= (s - 1) * (n - 1) * s * n;
  crossed.seeds = seeds;
  crossed.chance = chance;
  return crossed;
}

Interval accuracyInterval(const Outcomes& outcomes, double level) {
  const CrossedMean c = crossedMean(outcomes);
  const double z = normalQuantile(level), items = steadied(c);
  if (c.seedCount < 2) return limits(c.mean, items, c.itemCount, z);
  const double more =
      seedsSquared(items, c.chance, c.seeds, static_cast<double>(c.seedCount) - 1, level, Seeds::kOne);
  return limits(c.mean, std::max(0.0, items + more / (z * z)), c.itemCount, z);
}

SeedPrior seedPrior(const std::vector<const Outcomes*>& methods) {
  constexpr double kFreedom = 1.5;
  SeedPrior prior;
  double count = 0;
  for (const Outcomes* method : methods) {
    if (method->size() < 2) continue;
    prior.variance += crossedMean(*method).seeds * static_cast<double>(method->size());
    count += 1;
  }
  if (count < 2) return {};
  return {prior.variance / count, kFreedom};
}

PairedDifference::PairedDifference(const Side& sideA, const Side& sideB, const SeedPrior& prior)
    : a_(crossedMean(sideA.outcomes)), b_(crossedMean(sideB.outcomes)) {
  constexpr double kAssumed = 1e4;  // degrees of freedom: nothing is estimated
  const Outcomes &a = sideA.outcomes, &b = sideB.outcomes;
  // Never below what is seen; and what is seen to vary more than the others is less like them.
  double freedom[2] = {1, 1};
  CrossedMean* const means[] = {&a_, &b_};
  for (std::size_t k = 0; k < 2; ++k) {
    const auto count = static_cast<double>(means[k]->seedCount);
    if (count < 2) {
      if (!(k == 0 ? sideA : sideB).seeded) continue;
      means[k]->seeds = std::max(prior.variance, kAssumedSeedSpread * kAssumedSeedSpread);
      freedom[k] = kAssumed;
      continue;
    }
    const double own = means[k]->seeds;
    const double drawn =
        (prior.freedom * prior.variance / count + (count - 1) * own) / (prior.freedom + count - 1);
    means[k]->seeds = std::max(own, drawn);
    const double alike = own > prior.variance / count ? prior.variance / count / own : 1;
    freedom[k] = count - 1 + prior.freedom * alike * alike;
  }
  const std::vector<double> rightA = rightSeeds(a), rightB = rightSeeds(b);
  const auto n = static_cast<double>(a_.itemCount), seedsA = static_cast<double>(a_.seedCount),
             seedsB = static_cast<double>(b_.seedCount);
  double covariance = 0;
  for (std::size_t i = 0; i < rightA.size(); ++i) {
    const double itemA = rightA[i] / seedsA, itemB = rightB[i] / seedsB;
    nullItems_ += (itemA - itemB) * (itemA - itemB) / (n * n);
    covariance += (itemA - a_.mean) * (itemB - b_.mean) / n;
  }
  if (a.size() == 1 && b.size() == 1) {
    std::int64_t onlyA = 0, onlyB = 0;
    for (std::size_t i = 0; i < rightA.size(); ++i) {
      onlyA += a[0][i] > b[0][i];
      onlyB += b[0][i] > a[0][i];
    }
    exactP_ = mcnemarExact(onlyA, onlyB);
  }
  const double both = std::sqrt(a_.items * b_.items);
  if (both > 0) correlation_ = std::clamp(covariance / n / both, -1.0, 1.0);
  freedom_ = welchFreedom(a_.seeds, freedom[0], b_.seeds, freedom[1]);
}

Interval PairedDifference::interval(double level) const {
  const double z = normalQuantile(level);
  const Interval a = limits(a_.mean, a_.items, a_.itemCount, z);
  const Interval b = limits(b_.mean, b_.items, b_.itemCount, z);
  const double both = std::max(0.0, a_.items + b_.items - 2 * correlation_ * std::sqrt(a_.items * b_.items));
  const double more =
      seedsSquared(both, a_.chance + b_.chance, a_.seeds + b_.seeds, freedom_, level, Seeds::kSum);
  const auto joined = [&](double x, double y) {
    return grown(std::sqrt(std::max(0.0, x * x - 2 * correlation_ * x * y + y * y)), more);
  };
  return {mean() - joined(a_.mean - a.low, b.high - b_.mean),
          mean() + joined(a.high - a_.mean, b_.mean - b.low)};
}

Interval PairedDifference::careful(double level) const {
  const Interval held = interval(level);
  if (exactP_ <= 1 - level) return held;
  return {std::min(held.low, 0.0), std::max(held.high, 0.0)};
}

double PairedDifference::p() const {
  const auto excludes = [&](double error) {
    const Interval shown = careful(1 - error);
    return shown.low > 0 || shown.high < 0;
  };
  if (!excludes(1 - 1e-9)) return 1;
  double least = kLeastP, most = 1;
  if (excludes(least)) return least;
  for (int i = 0; i < 60; ++i) {
    const double middle = std::sqrt(least * most);
    (excludes(middle) ? most : least) = middle;
  }
  return most;
}

double detectableWithOneSeed(double gap) { return std::hypot(gap, std::sqrt(7.84 * 2) * kAssumedSeedSpread); }

double PairedDifference::seedError() const { return std::sqrt(a_.seeds + b_.seeds); }

double PairedDifference::detectable() const {
  constexpr double kPower = 0.8416;  // quantile of 80 %
  const double chance = a_.chance + b_.chance, seeds = a_.seeds + b_.seeds;
  const double variance = std::max(0.0, nullItems_ - chance) + seeds;
  if (variance <= 0) return 0;
  const double half = grown(normalQuantile(0.95) * std::sqrt(nullItems_),
                            seedsSquared(nullItems_, chance, seeds, freedom_, 0.95, Seeds::kSum));
  // The half width itself varies, as the square root of what the seeds show.
  const double wobble = half * seeds / variance;
  return half + kPower * std::sqrt(variance + wobble * wobble / (2 * freedom_));
}

}  // namespace attune
