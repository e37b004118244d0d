#pragma once

#include <cstdint>
#include <vector>

#include "core/base/seed.h"

// Pure functions. Intervals are 95 % unless said otherwise; shares are 0–1.
namespace attune {

struct Interval {
  double low = 0;
  double high = 0;
};

// Wilson score interval of `right` of `total` (Wilson 1927). total > 0.
Interval wilson(std::int64_t right, std::int64_t total, double level = 0.95);

// Exact two-sided McNemar test on the discordant pairs: b items only the first got right, c only the second.
// The binomial tail doubled, at most 1. 1 when b + c = 0.
double mcnemarExact(std::int64_t b, std::int64_t c);

// Right (1) or wrong (0) by seed and item: outcomes[seed][item]. All seeds have the same items.
using Outcomes = std::vector<std::vector<std::uint8_t>>;

double meanAccuracy(const Outcomes& outcomes);

// Hierarchical percentile bootstrap: seeds are drawn with replacement, then items (one draw of items for all
// seeds). With one seed it is an ordinary bootstrap over items. Of few seeds it sees too little: of three two
// thirds of their variance, and nothing of how uncertain that is; crossed.h does better.
struct BootstrapOptions {
  int draws = 10000;
  Seed seed{20240229};
  double level = 0.95;
};
Interval bootstrapMean(const Outcomes& outcomes, const BootstrapOptions& options = {});

// Paired difference of means, a - b, over the same items: items are drawn once for both, seeds separately.
// `p` is the two-sided bootstrap p-value, 2·min(share of draws <= 0, share >= 0), at least 1/draws.
struct Difference {
  double mean = 0;
  Interval interval;
  double p = 1;
};
Difference bootstrapDifference(const Outcomes& a, const Outcomes& b, const BootstrapOptions& options = {});

// The same for a whole set of configurations on the same items: means[configuration][draw]. One draw of items
// serves them all, so every two are paired. `bootstrapMean` is the set of one, `bootstrapDifference` the set
// of two; in a larger set the items are the same draws and the seeds come from a stream of their own for each
// place.
std::vector<std::vector<double>> bootstrapMeans(const std::vector<const Outcomes*>& set,
                                                const BootstrapOptions& options = {});
std::vector<double> differencesOfDraws(const std::vector<double>& a, const std::vector<double>& b);
Interval percentileInterval(std::vector<double> draws, double level = 0.95);
double bootstrapP(const std::vector<double>& differences);

// Degrees of freedom of the sum of two variances that have as many (Welch 1947); 1 where both are 0. Put
// together from estimates, Welch's ratio says too few where the two are alike; with estimates that are
// unbiased above and below it says too many where they are not. It is the mean of the two.
double welchFreedom(double varianceA, double freedomA, double varianceB, double freedomB);

// Holm's step-down adjustment (Holm 1979): adjusted p-values in the order given.
std::vector<double> holm(const std::vector<double>& p);
// The level of each one's interval that agrees with it: the interval excludes 0 exactly when the adjusted p
// is at most `error`. 1 - error/m for the smallest of m, 1 - error/(m-1) for the next, …
std::vector<double> holmLevels(const std::vector<double>& p, double error = 0.05);

// Smallest difference of two methods on the same `items` that is found with 80 % power at the 5 % level when
// a share `disagreement` of the items is answered rightly by just one of them: sqrt(7.84·q/N).
double smallestDetectableGap(std::int64_t items, double disagreement);

}  // namespace attune
