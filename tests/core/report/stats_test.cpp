#include "core/report/stats.h"

#include <gtest/gtest.h>

#include <cmath>

namespace attune {
namespace {

// 1 with probability p.
std::uint8_t coin(Random& random, double p) { return random.uniform() < p ? 1 : 0; }

// Seeds that differ by `seedSpread`, items of which a share `fixed` is right or wrong for every seed alike.
Outcomes simulate(Random& random, const std::vector<double>& itemLuck, int seeds, double accuracy,
                  double fixed, double seedSpread) {
  Outcomes outcomes;
  for (int s = 0; s < seeds; ++s) {
    // Sum of four uniforms: near enough to normal, standard deviation 1.
    const double normal =
        (random.uniform() + random.uniform() + random.uniform() + random.uniform() - 2) * std::sqrt(3.0);
    const double p = std::min(1.0, std::max(0.0, accuracy + seedSpread * normal));
    auto& row = outcomes.emplace_back();
    for (const double luck : itemLuck)
      row.push_back(random.uniform() < fixed ? (luck < p ? 1 : 0) : coin(random, p));
  }
  return outcomes;
}

std::vector<double> drawItemLuck(Random& random, int items) {
  std::vector<double> luck;
  for (int i = 0; i < items; ++i) luck.push_back(random.uniform());
  return luck;
}

TEST(Wilson, EqualsTheWorkedExampleOfTheTextbook) {
  // Newcombe 1998, table I: 81 of 263.
  const Interval interval = wilson(81, 263);
  EXPECT_NEAR(interval.low, 0.2553, 0.00005);
  EXPECT_NEAR(interval.high, 0.3662, 0.00005);
}

TEST(Wilson, StaysWithinTheSharesThatExist) {
  EXPECT_EQ(wilson(0, 10).low, 0);
  EXPECT_NEAR(wilson(0, 10).high, 0.2775, 0.0001);
  EXPECT_EQ(wilson(10, 10).high, 1);
  EXPECT_NEAR(wilson(10, 10).low, 0.7225, 0.0001);
}

TEST(Wilson, HoldsTheTruthAsOftenAsItSays) {
  for (const double truth : {0.5, 0.8, 0.95})
    for (const int items : {50, 200}) {
      Random random(Seed{7}.sub("wilson"));
      int held = 0;
      constexpr int kTimes = 4000;
      for (int k = 0; k < kTimes; ++k) {
        int right = 0;
        for (int i = 0; i < items; ++i) right += coin(random, truth);
        const Interval interval = wilson(right, items);
        held += interval.low <= truth && truth <= interval.high;
      }
      const double coverage = static_cast<double>(held) / kTimes;
      EXPECT_GE(coverage, 0.92) << truth << " of " << items;
      EXPECT_LE(coverage, 0.985) << truth << " of " << items;
    }
}

TEST(McNemar, EqualsTailsCountedByHand) {
  EXPECT_NEAR(mcnemarExact(10, 2), 0.03857421875, 1e-12);  // 2 · (1 + 12 + 66) / 4096
  EXPECT_NEAR(mcnemarExact(2, 10), 0.03857421875, 1e-12);
  EXPECT_NEAR(mcnemarExact(1, 0), 1, 1e-12);
  EXPECT_NEAR(mcnemarExact(5, 0), 0.0625, 1e-12);
  EXPECT_EQ(mcnemarExact(0, 0), 1);
  EXPECT_EQ(mcnemarExact(6, 6), 1);
}

TEST(Holm, EqualsTheWorkedExample) {
  // Four tests: 4 · 0.005, 3 · 0.01, then 2 · 0.03 which also holds for 0.04.
  const std::vector<double> adjusted = holm({0.01, 0.04, 0.03, 0.005});
  ASSERT_EQ(adjusted.size(), 4U);
  EXPECT_NEAR(adjusted[0], 0.03, 1e-12);
  EXPECT_NEAR(adjusted[1], 0.06, 1e-12);
  EXPECT_NEAR(adjusted[2], 0.06, 1e-12);
  EXPECT_NEAR(adjusted[3], 0.02, 1e-12);
  EXPECT_EQ(holm({0.6, 0.7}), (std::vector<double>{1, 1}));
  EXPECT_TRUE(holm({}).empty());
}

TEST(Holm, GivesEachTestTheLevelOfItsStep) {
  const std::vector<double> levels = holmLevels({0.01, 0.04, 0.03, 0.005});
  EXPECT_NEAR(levels[3], 1 - 0.05 / 4, 1e-12);
  EXPECT_NEAR(levels[0], 1 - 0.05 / 3, 1e-12);
  EXPECT_NEAR(levels[2], 1 - 0.05 / 2, 1e-12);  // 0.03 > 0.025: not rejected, and so it stays for 0.04
  EXPECT_NEAR(levels[1], 1 - 0.05 / 2, 1e-12);
}

TEST(SmallestDetectableGap, EqualsTheNumbersOfThePowerTable) {
  EXPECT_NEAR(smallestDetectableGap(1307, 0.15), 0.03, 0.00005);
  EXPECT_NEAR(smallestDetectableGap(471, 0.15), 0.05, 0.0001);
  EXPECT_EQ(smallestDetectableGap(100, 0), 0);
}

TEST(Bootstrap, EqualsTheBinomialIntervalWithOneSeed) {
  Outcomes outcomes(1);
  for (int i = 0; i < 400; ++i) outcomes[0].push_back(i < 300);
  const Interval interval = bootstrapMean(outcomes);
  const double standardError = std::sqrt(0.75 * 0.25 / 400);
  EXPECT_NEAR(interval.low, 0.75 - 1.96 * standardError, 0.004);  // one item is 0.0025
  EXPECT_NEAR(interval.high, 0.75 + 1.96 * standardError, 0.004);
}

TEST(Bootstrap, IsTheSameEveryTimeAndChangesWithTheSeed) {
  Random random(Seed{3});
  const Outcomes outcomes = simulate(random, drawItemLuck(random, 90), 3, 0.8, 0.5, 0.02);
  EXPECT_EQ(bootstrapMeans({&outcomes}), bootstrapMeans({&outcomes}));
  EXPECT_NE(bootstrapMeans({&outcomes}), bootstrapMeans({&outcomes}, {.draws = 10000, .seed = Seed{5}}));
}

TEST(Bootstrap, WidensWithTheSpreadOverSeeds) {
  Outcomes steady(3), shaky(3);
  for (int i = 0; i < 200; ++i)
    for (int s = 0; s < 3; ++s) {
      steady[static_cast<std::size_t>(s)].push_back(i < 160);
      shaky[static_cast<std::size_t>(s)].push_back(i < 140 + 20 * s);
    }
  EXPECT_EQ(meanAccuracy(steady), meanAccuracy(shaky));
  const Interval narrow = bootstrapMean(steady);
  const Interval wide = bootstrapMean(shaky);
  EXPECT_GT(wide.high - wide.low, 1.5 * (narrow.high - narrow.low));
}

TEST(Bootstrap, OfASetAgreesWithTheDefinitionForEveryTwo) {
  Random random(Seed{11});
  const std::vector<double> luck = drawItemLuck(random, 150);
  std::vector<Outcomes> all;
  for (int c = 0; c < 4; ++c)
    all.push_back(simulate(random, luck, c == 0 ? 1 : 3, 0.6 + 0.08 * c, 0.6, 0.02));
  const auto set = bootstrapMeans({&all[0], &all[1], &all[2], &all[3]});
  for (std::size_t a = 0; a < 4; ++a) {
    const Interval single = bootstrapMean(all[a]);
    EXPECT_NEAR(percentileInterval(set[a]).low, single.low, 0.006);
    EXPECT_NEAR(percentileInterval(set[a]).high, single.high, 0.006);
    for (std::size_t b = a + 1; b < 4; ++b) {
      const Difference difference = bootstrapDifference(all[a], all[b]);
      const Interval fromSet = percentileInterval(differencesOfDraws(set[a], set[b]));
      EXPECT_NEAR(fromSet.low, difference.interval.low, 0.008) << a << b;
      EXPECT_NEAR(fromSet.high, difference.interval.high, 0.008) << a << b;
    }
  }
  // The first place and the first two places are the definition itself.
  EXPECT_EQ(percentileInterval(set[0]).low, bootstrapMean(all[0]).low);
  EXPECT_EQ(percentileInterval(differencesOfDraws(set[0], set[1])).high,
            bootstrapDifference(all[0], all[1]).interval.high);
}

TEST(BootstrapDifference, IsZeroWithoutWidthForEqualAnswers) {
  const Outcomes same{{1, 0, 1, 1, 0, 1}};
  const Difference difference = bootstrapDifference(same, same);
  EXPECT_EQ(difference.mean, 0);
  EXPECT_EQ(difference.interval.low, 0);
  EXPECT_EQ(difference.interval.high, 0);
  EXPECT_EQ(difference.p, 1);
}

TEST(BootstrapDifference, TurnsRoundWithItsArguments) {
  Random random(Seed{13});
  const std::vector<double> luck = drawItemLuck(random, 200);
  const Outcomes a = simulate(random, luck, 1, 0.9, 0.5, 0);
  const Outcomes b = simulate(random, luck, 1, 0.6, 0.5, 0);
  const Difference forward = bootstrapDifference(a, b);
  const Difference backward = bootstrapDifference(b, a);
  EXPECT_GT(forward.interval.low, 0);
  EXPECT_EQ(forward.mean, -backward.mean);
  EXPECT_EQ(forward.interval.low, -backward.interval.high);  // with one seed both use the same draws of items
  EXPECT_EQ(forward.p, 1e-4);
}

TEST(BootstrapDifference, IsTheMcNemarIntervalWithOneSeed) {
  // 200 items, 30 only a, 10 only b: variance of the difference (q - d²)/N.
  Outcomes a(1), b(1);
  for (int i = 0; i < 200; ++i) {
    a[0].push_back(i < 130 || i >= 170 ? 1 : 0);
    b[0].push_back(i >= 30 && i < 140 ? 1 : 0);
  }
  const double gap = meanAccuracy(a) - meanAccuracy(b);
  double discordant = 0;
  for (std::size_t i = 0; i < 200; ++i) discordant += a[0][i] != b[0][i];
  const double standardError = std::sqrt((discordant / 200 - gap * gap) / 200);
  const Difference difference = bootstrapDifference(a, b);
  EXPECT_NEAR(difference.interval.low, gap - 1.96 * standardError, 0.006);
  EXPECT_NEAR(difference.interval.high, gap + 1.96 * standardError, 0.006);
}

}  // namespace
}  // namespace attune
