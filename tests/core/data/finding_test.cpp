#include "core/data/finding.h"

#include <gtest/gtest.h>

namespace attune {
namespace {

TEST(LineList, NamesFiveLinesAndCountsTheRest) {
  EXPECT_EQ(lineList({5}), "line 5");
  EXPECT_EQ(lineList({5, 6}), "lines 5 and 6");
  EXPECT_EQ(lineList({1, 2, 3, 4, 5}), "lines 1, 2, 3, 4 and 5");
  EXPECT_EQ(lineList({5, 6, 9, 12, 15, 16, 17, 18}), "lines 5, 6, 9, 12, 15 and 3 more");
}

TEST(InQuotes, FitsASentence) {
  EXPECT_EQ(inQuotes("two\nlines"), "'two lines'");
  EXPECT_EQ(inQuotes(std::string(100, 'x')), "'" + std::string(60, 'x') + "…'");
  std::string umlauts;
  for (int i = 0; i < 300; ++i) umlauts += "ä";
  EXPECT_EQ(inQuotes(umlauts).size(), 2 * 60 + 3 + 2u) << "cut between letters";
}

TEST(Findings, PointToTheFirstLineAndSortBySeverity) {
  Findings findings("f.csv");
  findings.info("a", "m", "h");
  findings.warn("b", "m", "h", {7, 9});
  findings.error("c", "m", "h");
  findings.warn("d", "m", "h");
  sortBySeverity(findings.list());
  std::string rules;
  for (const Diagnostic& d : findings.list()) rules += d.rule;
  EXPECT_EQ(rules, "cbda");
  EXPECT_EQ(findings.list()[1].row, 7);
  EXPECT_EQ(findings.list()[0].row, -1);
  EXPECT_EQ(findings.list()[0].file, "f.csv");
}

}  // namespace
}  // namespace attune
