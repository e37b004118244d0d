#include "core/train/search.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace attune {
namespace search_test {

TEST(Search, TriesTheMethodsOwnRateFirstAndSpreadsAroundIt) {
  EXPECT_EQ(searchedRates(0.01, 0), std::vector<double>{0.01});
  EXPECT_EQ(searchedRates(0.01, 1), std::vector<double>{0.01});
  const std::vector<double> five = searchedRates(0.01, 5);
  ASSERT_EQ(five.size(), 5u);
  EXPECT_EQ(five.front(), 0.01);
  const double wanted[] = {0.01, 0.0031623, 0.031623, 0.001, 0.1};  // by √10, on paper
  for (std::size_t i = 0; i < 5; ++i) EXPECT_NEAR(five[i], wanted[i], wanted[i] * 1e-4);
  EXPECT_EQ(searchedRates(0.01, 100).size(), 9u);
}

// More trials only add: what three find, five can find too.
TEST(Search, ALargerOneContainsTheSmaller) {
  for (std::int64_t n = 2; n <= kMaxSearchTrials; ++n) {
    const auto small = searchedRates(1, n - 1), large = searchedRates(1, n);
    EXPECT_TRUE(std::equal(small.begin(), small.end(), large.begin()));
  }
}

}  // namespace search_test
}  // namespace attune
