#include "core/report/skew.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/report/compare_pairs.h"
#include "tests/support/report_support.h"

namespace attune {
namespace {

// Thirty items, two a bin: confidence 0.6 in all, in each bin one right and one wrong: |0.5 - 0.6|.
TEST(CalibrationError, IsTheMeanGapOfBinsOfEquallyMany) {
  std::vector<float> confidences(30, 0.6F);
  std::vector<std::uint8_t> right;
  for (int i = 0; i < 30; ++i) right.push_back(i % 2 == 1);
  EXPECT_NEAR(calibrationError(confidences, right), 0.1, 1e-6);
  // Sure and right, sure and wrong.
  EXPECT_NEAR(calibrationError(std::vector<float>(30, 1.0F), std::vector<std::uint8_t>(30, 1)), 0, 1e-6);
  EXPECT_NEAR(calibrationError(std::vector<float>(30, 1.0F), std::vector<std::uint8_t>(30, 0)), 1, 1e-6);
  // Fewer items than bins: each is its own.
  EXPECT_NEAR(calibrationError({0.7F, 0.9F}, {1, 0}), (0.3 + 0.9) / 2, 1e-6);
  EXPECT_EQ(calibrationError({}, {}), 0);
  // By order of confidence, not of the items: half are sure of 0.9 and right in 9 of 10, half 0.5 and 5
  // of 10.
  confidences.clear();
  right.clear();
  for (int i = 0; i < 300; ++i) {
    confidences.push_back(i % 2 ? 0.9F : 0.5F);
    right.push_back(i % 2 ? (i / 2) % 10 != 0 : (i / 2) % 2 == 1);
  }
  EXPECT_NEAR(calibrationError(confidences, right), 0, 0.015);
}

TEST(SideScores, HaveTheSameMacroF1AsEverywhereAndAnIntervalThatHoldsTheTruth) {
  // 70 % label 0; answered rightly for 90 % of label 0 and 60 % of label 1: the truth is worked out on paper.
  // Label 0: hits 63, asked 70, answered 63 + 12 = 75; label 1: hits 18, asked 30, answered 18 + 7 = 25.
  const double truth = (2 * 63.0 / (70 + 75) + 2 * 18.0 / (30 + 25)) / 2;
  int held = 0;
  for (std::uint64_t k = 0; k < 40; ++k) {
    Random random(Seed{k});
    std::vector<std::int64_t> labels;
    std::vector<std::vector<std::int64_t>> predicted(1);
    for (int i = 0; i < 300; ++i) {
      labels.push_back(random.uniform() < 0.7 ? 0 : 1);
      const bool right = random.uniform() < (labels.back() == 0 ? 0.9 : 0.6);
      predicted[0].push_back(right ? labels.back() : 1 - labels.back());
    }
    const SideScores scores = sideScores(labels, predicted, {});
    EXPECT_NEAR(scores.macroF1, macroF1(labels, predicted[0]), 1e-12);
    EXPECT_TRUE(std::isnan(scores.calibrationError));
    held += scores.macroF1Interval.low <= truth && truth <= scores.macroF1Interval.high;
  }
  EXPECT_GE(held, 34);  // 38 expected, less three standard errors
}

TEST(Skew, IsALabelOfMoreThanSixtyPercent) {
  Comparison c = test::compareByHand({test::byHand("majority", "Always", {test::firstRight(100, 50)})});
  EXPECT_FALSE(isSkewed(c));
  for (std::size_t i = 0; i < 61; ++i) c.testItems[i].label = 0;
  for (std::size_t i = 61; i < 100; ++i) c.testItems[i].label = 1;
  EXPECT_TRUE(isSkewed(c));
  c.testItems[60].label = 1;
  EXPECT_FALSE(isSkewed(c));
  c.testItems[60].label = 0;
  c.dataset.freeAnswers = true;
  EXPECT_FALSE(isSkewed(c));
}

TEST(Skew, SideScoresAreShownWithTheirIntervals) {
  Comparison c = test::compareByHand({test::byHand("majority", "Always", {test::firstRight(100, 50)})});
  EXPECT_TRUE(furtherScores(c, c.configurations.front()).empty());
  c.skewed = true;
  c.configurations.front().side = {0.6, {0.55, 0.65}, 0.08, {0.06, 0.11}};
  const auto scores = furtherScores(c, c.configurations.front());
  ASSERT_EQ(scores.size(), 2U);
  EXPECT_EQ(scores[0].second, "55.0 to 65.0 %");
  EXPECT_EQ(scores[1].second, "8.0 % (6.0 to 11.0 %)");
}

}  // namespace
}  // namespace attune
