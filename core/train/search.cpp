#include "core/train/search.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace attune {

std::vector<double> searchedRates(double own, std::int64_t trials) {
  constexpr std::array<double, kMaxSearchTrials> powers{0, -0.5, 0.5, -1, 1, -0.25, 0.25, -0.75, 0.75};
  std::vector<double> rates;
  for (std::int64_t i = 0; i < std::clamp<std::int64_t>(trials, 1, kMaxSearchTrials); ++i)
    rates.push_back(own * std::pow(10.0, powers[static_cast<std::size_t>(i)]));
  return rates;
}

}  // namespace attune
