#pragma once

#include <vector>

#include "core/report/stats.h"

// How sure a sum of means is that are measured on the same items by the same seeds: a learning curve's mean,
// how far training rows are answered better than test rows, what is lost by words that mean nothing. Pure.
namespace attune {

// Numbers by seed and item: values[seed][item].
using Values = std::vector<std::vector<double>>;
Values valuesOf(const Outcomes& outcomes);

// A mean over seeds and items with its weight in the sum. Parts that give the same number for `items` are
// measured on the same items in the same order.
struct Part {
  double weight = 1;
  Values values;
  int items = 0;
};
// Parts by the same seeds in the same order: their luck goes together. `assumedSpread`: what a seed's mean is
// taken to spread by where there is one seed alone (standard deviation); 0: nothing.
struct SeedGroup {
  std::vector<Part> parts;
  double assumedSpread = 0;
};

struct Estimate {
  double value = 0;
  double low = 0;
  double high = 0;
};
// The sum of weighted means with Student's t interval; its variance is that over the items of each set, of
// means over seeds, and that over the seeds of each group; degrees of freedom after Welch and Satterthwaite.
// Chance, which is in both, counts twice: a little too wide rather than too narrow.
Estimate contrast(const std::vector<SeedGroup>& groups, double level = 0.95);

}  // namespace attune
