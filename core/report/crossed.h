#pragma once

#include "core/report/stats.h"

// How sure a mean over seeds and items is, and the difference of two, without resampling. Every seed answers
// the same items, so what varies is crossed (Cornfield and Tukey 1956): items that are hard for all, seeds
// that are lucky with all, and chance, which is left to seed and item together. Items are many and seeds few,
// so the quantile lies between the normal one and Student's, by the share of the variance that seeds have
// (Satterthwaite 1946, Welch 1947; made good for very few seeds). How often they hold the truth is measured
// in tests/core/report/crossed_test.cpp. Pure functions; shares are 0–1.
namespace attune {

// A mean and what its variance comes from.
struct CrossedMean {
  double mean = 0;
  double items = 0;   // variance from the draw of items, chance included
  double seeds = 0;   // from the draw of seeds, chance included; 0 with one: its luck is not measured
  double chance = 0;  // from chance alone, once in each of the two above; 0 with one seed
  std::int64_t seedCount = 0;
  std::int64_t itemCount = 0;
};
CrossedMean crossedMean(const Outcomes& outcomes);

// Of one configuration: Wilson's interval for as many independent answers as would vary as much over items
// and seeds (Korn and Graubard 1998), its quantile between the normal one and Student's. With one seed
// Wilson's own.
Interval accuracyInterval(const Outcomes& outcomes, double level = 0.95);

// What the other methods of a study say about training luck. Three seeds alone know so little of their own
// spread that next to no difference would stand; so every method's variance over seeds is drawn towards the
// mean of all, which counts as `freedom` seeds more (a moderated t, after Smyth 2004), but only upwards.
struct SeedPrior {
  double variance = 0;  // of one run's share of right answers, from its seed
  double freedom = 0;   // 0: nothing is known
};
SeedPrior seedPrior(const std::vector<const Outcomes*>& methods);

// From seed to seed the share of right answers of a tuned method is taken to spread by this much (standard
// deviation) where a single seed does not tell. Over 42 seeds, with 300 training rows of trec and the bundled
// base, LoRA spread by 3.0 points, a linear probe by 3.1 and prompt tuning by 6.5.
constexpr double kAssumedSeedSpread = 0.05;

// Smallest difference that two tuned methods show with a seed each, where the examples alone would show
// `gap`.
double detectableWithOneSeed(double gap);

// a - b on the same items; each has seeds of its own. Over items the interval is Newcombe's for paired shares
// (1998, method 10, without its continuity correction: that holds the truth of few items too often), over
// seeds Welch's; of two methods that know no luck it is Newcombe's own.
class PairedDifference {
 public:
  struct Side {
    Side(const Outcomes& o, bool seededMethod = false) : outcomes(o), seeded(seededMethod) {}
    const Outcomes& outcomes;
    bool seeded;  // another seed would answer otherwise: with one alone its luck is assumed
  };
  PairedDifference(const Side& a, const Side& b, const SeedPrior& prior = {});

  double mean() const { return a_.mean - b_.mean; }
  Interval interval(double level = 0.95) const;
  // What words are made from: the interval, but with one seed each it reaches 0 unless the exact McNemar test
  // agrees that it should not. Far out in its tails, where corrections for many pairs look, Newcombe's is a
  // little too sure.
  Interval careful(double level) const;
  // Smallest error at which the careful interval excludes 0: the two agree at every level.
  double p() const;
  // Standard error that training luck makes.
  double seedError() const;
  // Smallest difference that is found with 80 % power at the 5 % level: without training luck sqrt(7.84·q/N),
  // q the share of items that just one answers rightly.
  double detectable() const;

 private:
  CrossedMean a_, b_;
  double correlation_ = 0;  // of the two means, through the items
  double nullItems_ = 0;    // variance from the items if the means are equal
  double freedom_ = 1;      // degrees of freedom of the seeds' variance (Welch 1947)
  double exactP_ = 0;       // McNemar's, with one seed each
};

}  // namespace attune
