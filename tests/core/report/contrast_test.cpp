#include "core/report/contrast.h"

#include <gtest/gtest.h>

#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "core/report/claims.h"
#include "core/report/learning_curve.h"
#include "core/report/picture.h"
#include "core/report/report.h"
#include "core/report/tradeoff.h"
#include "tests/support/report_support.h"

namespace attune {
namespace {

// Four items 1 1 0 0 by one seed: mean 1/2, variance 1/3, error sqrt(1/12), three degrees of freedom.
TEST(Contrast, OfOneMeanIsStudentsInterval) {
  const Estimate e = contrast({{{{1, {{1, 1, 0, 0}}}}}});
  EXPECT_DOUBLE_EQ(e.value, 0.5);
  EXPECT_NEAR(e.high - e.value, 3.18245 * std::sqrt(1.0 / 12), 1e-5);
  EXPECT_NEAR(e.value - e.low, e.high - e.value, 1e-12);
}

TEST(Contrast, IsPairedOnTheItemsOfASet) {
  const Values a{{1, 0, 1, 0, 1}}, b{{0.5, -0.5, 0.5, -0.5, 0.5}};
  const Estimate paired = contrast({{{{1, a}}}, {{{-1, b}}}});  // always half a point more
  EXPECT_DOUBLE_EQ(paired.value, 0.5);
  EXPECT_EQ(paired.low, 0.5);
  const Estimate apart = contrast({{{{1, a, 0}}}, {{{-1, b, 1}}}});
  EXPECT_DOUBLE_EQ(apart.value, 0.5);
  EXPECT_LT(apart.low, 0);
}

// Two parts by the same seeds: what is luck of both is luck of neither.
TEST(Contrast, SeedsOfAGroupGoTogether) {
  const Values first{{0, 0}, {1, 1}, {2, 2}}, second{{1, 1}, {2, 2}, {3, 3}};
  const Estimate together = contrast({{{{1, second}, {-1, first}}}});
  EXPECT_DOUBLE_EQ(together.value, 1);
  EXPECT_EQ(together.low, 1);
  // Apart: variance of three seeds 1, error 1/3 each; four degrees of freedom.
  const Estimate apart = contrast({{{{1, second}}}, {{{-1, first}}}});
  EXPECT_NEAR(apart.high - 1, 2.77645 * std::sqrt(2.0 / 3), 1e-4);
}

// One run of the second part failed: the difference of the means is still what it is.
TEST(Contrast, PartsMayHaveFewerSeeds) {
  const Values three{{1, 1}, {2, 2}, {3, 3}}, two{{0, 0}, {1, 1}};
  EXPECT_DOUBLE_EQ(contrast({{{{1, three}, {-1, two}}}}).value, 1.5);
}

TEST(Contrast, ASingleSeedHasTheSpreadThatIsAssumed) {
  const SeedGroup group{{{1, {{0.5, 0.5}}}}, 0.05};
  EXPECT_NEAR(contrast({group}).high - 0.5, 1.96 * 0.05, 1e-4);
}

// 500 studies of three seeds and 60 items whose differences from the truth 0.3 are luck of seeds, items and
// chance: the interval must hold it 95 times in a hundred, and is allowed to be a little too wide.
TEST(Contrast, HoldsTheTruth) {
  Random random(Seed{41});
  const auto normal = [&] {
    return std::sqrt(-2 * std::log(1 - random.uniform())) * std::cos(6.283185307179586 * random.uniform());
  };
  for (const double seedSpread : {0.0, 0.05, 0.3}) {
    int held = 0;
    for (int k = 0; k < 500; ++k) {
      std::vector<SeedGroup> groups(2);
      std::vector<double> items(60);
      for (double& item : items) item = 0.5 * normal();
      for (std::size_t g = 0; g < 2; ++g) {
        Part part{g == 0 ? 1.0 : -1.0, {}, 0};
        for (int s = 0; s < 3; ++s) {
          const double luck = seedSpread * normal();
          auto& row = part.values.emplace_back();
          for (const double item : items) row.push_back((g == 0 ? 0.3 : 0) + item + luck + 0.3 * normal());
        }
        groups[g].parts.push_back(std::move(part));
      }
      const Estimate e = contrast(groups);
      held += e.low <= 0.3 && 0.3 <= e.high;
    }
    EXPECT_GE(held, 463) << seedSpread;  // 95 % less three standard errors
  }
}

TEST(LearningCurve, WeighsByTheTrapezoidsOverTheLogarithm) {
  const std::vector<double> weights = curveWeights({8, 16, 64});  // one and two doublings
  EXPECT_NEAR(weights[0], 1.0 / 6, 1e-12);
  EXPECT_NEAR(weights[1], 1.0 / 2, 1e-12);
  EXPECT_NEAR(weights[2], 1.0 / 3, 1e-12);
}

TEST(LearningCurve, CrossesWhereTheGapIsZero) {
  EXPECT_NEAR(*crossing({8, 32}, {-0.1, 0.1}), 16, 1e-9);
  EXPECT_NEAR(*crossing({8, 32, 128}, {-0.1, 0.3, 0.5}), 8 * std::pow(4, 0.25), 1e-9);
  EXPECT_NEAR(*crossing({8, 32, 128}, {-0.1, 0, 0.5}), 32, 1e-9);
  EXPECT_NEAR(*crossing({8, 32, 128}, {0.1, -0.1, 0.1}), 64, 1e-9);  // for good
  EXPECT_FALSE(crossing({8, 32, 128}, {0.1, 0.2, 0.0}));
  EXPECT_FALSE(crossing({8, 32}, {0, 0}));
}

TEST(LearningCurve, NeverFallsMadeIsotonic) {
  EXPECT_EQ(isotonic({1, 3, 2, 4}), (std::vector<double>{1, 2.5, 2.5, 4}));
  EXPECT_EQ(isotonic({3, 2, 1}), (std::vector<double>{2, 2, 2}));
  EXPECT_EQ(isotonic({1, 2}), (std::vector<double>{1, 2}));
}

TEST(LearningCurve, ReachesATargetForGood) {
  EXPECT_EQ(rowsForTarget({8, 32, 128}, {0.5, 0.7, 0.8}, 0.7), 32);
  EXPECT_EQ(rowsForTarget({8, 32, 128}, {0.75, 0.6, 0.8}, 0.7), 128);
  EXPECT_FALSE(rowsForTarget({8, 32, 128}, {0.75, 0.6, 0.6}, 0.7));
}

TEST(LearningCurve, SavesRowsOverTheScoresThatBothReach) {
  // From 0.5 to 0.8 the reference is 2.5 rows behind everywhere: 10 + 10·(y - 0.4)/0.4 less 10 + 10·(y -
  // 0.5)/0.4.
  EXPECT_NEAR(*rowsSaved({10, 20}, {0.5, 0.9}, {0.4, 0.8}), 2.5, 1e-9);
  EXPECT_NEAR(*rowsSaved({10, 20}, {0.4, 0.8}, {0.5, 0.9}), -2.5, 1e-9);
  // Between 0.4 and 0.6 own goes from 10 to 20 rows and the reference from 20 to 40 and on: the mean of
  // 20 + 20·t - (10 + 10·t) over t in 0–1 is 15.
  EXPECT_NEAR(*rowsSaved({10, 20, 40}, {0.4, 0.6, 0.6}, {0.2, 0.4, 0.6}), 15, 1e-9);
  EXPECT_FALSE(rowsSaved({10, 20}, {0.5, 0.6}, {0.7, 0.8}));
  EXPECT_FALSE(rowsSaved({10}, {0.5}, {0.5}));
}

TEST(Claims, AreHeldTogether) {
  using enum ClaimWord;
  const auto together = [](std::vector<ClaimWord> words) {
    std::vector<Finding> findings;
    for (const ClaimWord word : words) findings.push_back({word, "x.", {}});
    Claim claim = unmeasuredClaim("accuracy", "needs");
    settle(claim, findings);
    return claim.word;
  };
  EXPECT_EQ(together({}), kNotMeasured);
  EXPECT_EQ(together({kSupported, kSupported}), kSupported);
  EXPECT_EQ(together({kSupported, kRefuted, kNotSettled}), kDepends);
  EXPECT_EQ(together({kSupported, kNotSettled}), kNotSettled);
  EXPECT_EQ(together({kRefuted}), kRefuted);
  EXPECT_EQ(wordOfDifference({0.02, 0.005, 0.035}, 0.01), kSupported);
  EXPECT_EQ(wordOfDifference({0.008, 0.005, 0.011}, 0.01), kNotSettled);
  EXPECT_EQ(wordOfDifference({0.002, -0.005, 0.009}, 0.01), kRefuted);  // equal, as far as it matters
  EXPECT_EQ(wordOfDifference({-0.02, -0.035, -0.005}, 0.01), kRefuted);
}

// Costs 1 2 3 4 and accuracies 50 70 60 80: the third pays more than the second for less.
TEST(Tradeoff, TheFrontIsWhatNothingBeats) {
  std::vector<Configuration> all{test::byHand("majority", "Always", {test::firstRight(100, 20)})};
  const double seconds[] = {1, 2, 3, 4};
  const std::size_t right[] = {50, 70, 60, 80};
  for (int k = 0; k < 4; ++k)
    all.push_back(
        test::byHand("lora", "m" + std::to_string(k), {test::firstRight(100, right[k])}, 1000, seconds[k]));
  const Comparison c = test::compareByHand(std::move(all));
  const TradeoffAxis &accuracy = tradeoffAxes()[0], &time = tradeoffAxes()[1];
  EXPECT_EQ(paretoFront(c, time, accuracy), (std::vector<std::size_t>{0, 1, 2, 4}));
  const Picture picture = tradeoffPicture(c, time, accuracy);
  ASSERT_EQ(picture.series.size(), 6U);
  EXPECT_EQ(picture.series[0].title, "Pareto front");
  EXPECT_EQ(picture.series[0].points.size(), 4U);
  EXPECT_EQ(picture.series[4].points[0].x, 3);
  EXPECT_NEAR(picture.series[4].points[0].y.low, wilson(60, 100).low, 1e-9);
}

TEST(Table, IsPastedAsMarkdownAndLatex) {
  const ReportTable table{"", {"method", "right"}, {false, true}, {{"LoRA | r_8", "91.5 %"}}};
  EXPECT_EQ(tableMarkdown(table), "| method | right |\n| --- | ---: |\n| LoRA \\| r\\_8 | 91.5 % |\n");
  EXPECT_EQ(tableLatex(table),
            "\\begin{tabular}{@{}lr@{}}\n\\toprule\nmethod & right \\\\\n\\midrule\nLoRA \\textbar{} r\\_8 & "
            "91.5 \\% \\\\\n"
            "\\bottomrule\n\\end{tabular}\n");
}

TEST(Picture, SaysItsNumbersInEveryForm) {
  Picture picture{"Curves", "rows (log)", "correct (%)", {}, true, false, 100, 1, 0, {}};
  picture.series = {{"LoRA <b>", 1, {{8, {0.5, 0.4, 0.6}}, {64, {0.75, 0.7, 0.8}}}}};
  const std::string svg = pictureSvg(picture);
  EXPECT_NE(svg.find("<desc>LoRA &lt;b&gt;: 8 → 50, 64 → 75.</desc>"), std::string::npos) << svg;
  EXPECT_EQ(svg.find("<b>"), std::string::npos);
  EXPECT_EQ(pictureCsv(picture),
            "series,x,value,low,high\r\nLoRA <b>,8,0.5,0.4,0.6\r\nLoRA <b>,64,0.75,0.7,0.8\r\n");
  EXPECT_EQ(toJson(picture).at("series").items()[0].at("points").items()[1].at("y").asDouble(), 0.75);
  Picture rows{"Gaps", "points", "", {"LoRA", "Full"}, false, false, 100, 1, 0, {}};
  rows.series = {{"LoRA", 1, {{0, {0.1, 0.05, 0.15}}}}, {"Full", 2, {{1, {-0.1, -0.2, 0}}}}};
  EXPECT_NE(pictureSvg(rows).find(">Full</text>"), std::string::npos);
  EXPECT_NE(pictureCsv(rows).find("Full,Full,-0.1,-0.2,0\r\n"), std::string::npos);
  EXPECT_FALSE(pictureSvg(Picture{}).empty());
}

}  // namespace
}  // namespace attune
