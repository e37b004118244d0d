#include "core/report/learning_curve.h"

#include <cmath>

namespace attune {

std::vector<double> curveWeights(const std::vector<double>& rows) {
  std::vector<double> weights(rows.size(), 0);
  if (rows.size() < 2) return std::vector<double>(rows.size(), 1);
  const double all = std::log(rows.back() / rows.front());
  for (std::size_t k = 1; k < rows.size(); ++k) {
    const double half = std::log(rows[k] / rows[k - 1]) / all / 2;
    weights[k - 1] += half;
    weights[k] += half;
  }
  return weights;
}

std::optional<double> crossing(const std::vector<double>& rows, const std::vector<double>& gaps) {
  std::optional<double> at;
  std::size_t before = rows.size();  // the last point that is not 0
  for (std::size_t k = 0; k < rows.size(); ++k) {
    if (gaps[k] == 0) continue;
    if (before < k && gaps[before] * gaps[k] < 0) {
      const double share = gaps[before] / (gaps[before] - gaps[k]);
      const double straight = std::log(rows[before]) + share * std::log(rows[k] / rows[before]);
      at = before + 1 < k ? rows[before + 1] : std::exp(straight);  // it lies on 0 there
    }
    before = k;
  }
  return at;
}

}  // namespace attune
