#include "core/report/contrast.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <map>

namespace attune {
namespace {

double meanOf(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}
// Of the mean of these.
double errorVariance(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  if (n < 2) return 0;
  const double mean = meanOf(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return squares / (n - 1) / n;
}

}  // namespace

Values valuesOf(const Outcomes& outcomes) {
  Values values;
  for (const auto& row : outcomes) values.emplace_back(row.begin(), row.end());
  return values;
}

Estimate contrast(const std::vector<SeedGroup>& groups, double level) {
  double value = 0, variance = 0, squares = 0;  // squares: of the variances over their freedom
  const auto add = [&](double part, double freedom) {
    variance += part;
    squares += part * part / freedom;
  };
  std::map<int, std::vector<double>> items;  // by set, the weighted sum of means over seeds
  for (const SeedGroup& group : groups) {
    // A run that failed leaves a part with fewer seeds: the means stay right, what goes together is shorter.
    std::size_t common = group.parts.empty() ? 0 : group.parts.front().values.size();
    for (const Part& part : group.parts) common = std::min(common, part.values.size());
    std::vector<double> seeds(common, 0);
    for (const Part& part : group.parts) {
      std::vector<double>& sums = items[part.items];
      if (!part.values.empty()) sums.resize(std::max(sums.size(), part.values.front().size()), 0);
      for (std::size_t s = 0; s < part.values.size(); ++s) {
        const double mean = meanOf(part.values[s]);
        value += part.weight * mean / static_cast<double>(part.values.size());
        if (s < common) seeds[s] += part.weight * mean;
        for (std::size_t i = 0; i < std::min(sums.size(), part.values[s].size()); ++i)
          sums[i] += part.weight * part.values[s][i] / static_cast<double>(part.values.size());
      }
    }
    if (seeds.size() > 1)
      add(errorVariance(seeds), static_cast<double>(seeds.size()) - 1);
    else
      add(group.assumedSpread * group.assumedSpread, 1e4);
  }
  for (const auto& [set, sums] : items)
    if (sums.size() > 1) add(errorVariance(sums), static_cast<double>(sums.size()) - 1);
  if (variance <= 0) return {value, value, value};
  const double freedom = std::max(1.0, variance * variance / squares);
  const double half =
      boost::math::quantile(boost::math::students_t(freedom), 0.5 + level / 2) * std::sqrt(variance);
  return {value, value - half, value + half};
}

}  // namespace attune
