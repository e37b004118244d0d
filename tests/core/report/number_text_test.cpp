#include "core/report/number_text.h"

#include <gtest/gtest.h>

#include <cmath>

namespace attune {
namespace {

TEST(NumberText, SharesHaveOneDecimal) {
  EXPECT_EQ(percentText(0.915), "91.5 %");
  EXPECT_EQ(percentText(0), "0.0 %");
  EXPECT_EQ(percentText(1), "100.0 %");
  EXPECT_EQ(percentText(std::nan("")), "–");
  EXPECT_EQ(percentIntervalText(0.864, 0.947), "86.4 to 94.7 %");
}

TEST(NumberText, SmallSharesKeepADigitThatSaysSomething) {
  EXPECT_EQ(smallShareText(1), "100.0 %");
  EXPECT_EQ(smallShareText(0.0048), "0.5 %");
  EXPECT_EQ(smallShareText(0.000169), "0.02 %");
  EXPECT_EQ(smallShareText(0.0000123), "0.001 %");
  EXPECT_EQ(smallShareText(0.000000123), "<0.001 %");
  EXPECT_EQ(smallShareText(0), "0.0 %");
}

TEST(NumberText, DifferencesAlwaysHaveASign) {
  EXPECT_EQ(pointsText(0.025), "+2.5 points");
  EXPECT_EQ(pointsText(-0.01), "−1.0 points");
  EXPECT_EQ(pointsText(-0.0001), "0.0 points");
  EXPECT_EQ(pointsIntervalText(-0.005, 0.04), "−0.5 to +4.0 points");
  EXPECT_EQ(signedCountText(-3.6), "−4");
  EXPECT_EQ(signedCountText(8), "+8");
  EXPECT_EQ(signedCountText(-0.4), "0");
}

TEST(NumberText, CountsHaveThreeDigits) {
  EXPECT_EQ(countText(0), "0");
  EXPECT_EQ(countText(640), "640");
  EXPECT_EQ(countText(999), "999");
  EXPECT_EQ(countText(1000), "1.00 k");
  EXPECT_EQ(countText(9999), "10.0 k");
  EXPECT_EQ(countText(10'240), "10.2 k");
  EXPECT_EQ(countText(294'912), "295 k");
  EXPECT_EQ(countText(999'499), "999 k");
  EXPECT_EQ(countText(999'500), "1.00 M");
  EXPECT_EQ(countText(5'260'000), "5.26 M");
  EXPECT_EQ(countText(60'500'000), "60.5 M");
  EXPECT_EQ(countText(1'240'000'000), "1.24 B");
  EXPECT_EQ(wholeText(1'234'567), "1,234,567");
  EXPECT_EQ(wholeText(200), "200");
  EXPECT_EQ(wholeText(-1200), "-1,200");
}

TEST(NumberText, SizesAreDecimal) {
  EXPECT_EQ(bytesText(0), "0 B");
  EXPECT_EQ(bytesText(999), "999 B");
  EXPECT_EQ(bytesText(41'000), "41 kB");
  EXPECT_EQ(bytesText(1'200'000), "1.2 MB");
  EXPECT_EQ(bytesText(999'600), "1.0 MB");
  EXPECT_EQ(bytesText(242'000'000), "242 MB");
}

TEST(NumberText, DurationsNeverReachSixty) {
  EXPECT_EQ(durationText(0), "0 s");
  EXPECT_EQ(energyText(0), "not measured");
  EXPECT_EQ(energyText(849.6), "850 J");
  EXPECT_EQ(energyText(1249), "1.2 kJ");
  EXPECT_EQ(durationText(0.01), "<0.1 s");
  EXPECT_EQ(durationText(0.8), "0.8 s");
  EXPECT_EQ(durationText(9.96), "10 s");
  EXPECT_EQ(durationText(41.2), "41 s");
  EXPECT_EQ(durationText(59.6), "1:00 min");
  EXPECT_EQ(durationText(182), "3:02 min");
  EXPECT_EQ(durationText(3599.7), "1:00 h");
  EXPECT_EQ(durationText(4800), "1:20 h");
  EXPECT_EQ(durationText(std::nan("")), "–");
}

TEST(NumberText, ProbabilitiesAndDates) {
  EXPECT_EQ(probabilityText(0.0386), "0.039");
  EXPECT_EQ(probabilityText(0.0001), "<0.001");
  EXPECT_EQ(dateText(1'709'208'000'000), "2024-02-29T12:00:00Z");
  EXPECT_EQ(dateText(0), "1970-01-01T00:00:00Z");
}

TEST(NumberText, WordsHaveSymbols) {
  EXPECT_EQ(pairWordText(PairWord::kNoClearDifference), "no clear difference");
  EXPECT_EQ(pairWordSymbol(PairWord::kBetter), "▲");
  EXPECT_EQ(pairWordSymbol(PairWord::kWorse), "▼");
  EXPECT_EQ(pairWordSymbol(PairWord::kNoClearDifference), "≈");
  EXPECT_EQ(pairWordSymbol(PairWord::kNotEnoughData), "?");
}

}  // namespace
}  // namespace attune
