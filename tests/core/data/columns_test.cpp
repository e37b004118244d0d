#include "core/data/columns.h"

#include <gtest/gtest.h>

namespace attune {
namespace {

std::pair<int, int> guess(std::vector<std::string> columns, std::vector<std::vector<std::string>> rows) {
  Table table;
  table.columns = std::move(columns);
  table.rows = std::move(rows);
  guessColumns(table);
  return {table.textColumn, table.labelColumn};
}

using Pair = std::pair<int, int>;

TEST(GuessColumns, GoesByTheNames) {
  EXPECT_EQ(guess({"text", "label"}, {{"a", "b"}}), Pair(0, 1));
  EXPECT_EQ(guess({"Category", "id", "Review_Text"}, {{"a", "b", "c"}}), Pair(2, 0));
  EXPECT_EQ(guess({"label", "label_text", "sentence"}, {{"0", "no", "c"}}), Pair(2, 0));
  EXPECT_EQ(guess({"question", "intent"}, {{"a", "b"}}), Pair(0, 1));
}

TEST(GuessColumns, ElseByTheContent) {
  std::vector<std::vector<std::string>> rows;
  for (int i = 0; i < 12; ++i)
    rows.push_back(
        {std::to_string(i), "a fairly long text with number " + std::to_string(i), i % 2 ? "p" : "q"});
  EXPECT_EQ(guess({"a", "b", "c"}, rows), Pair(1, 2));
}

TEST(GuessColumns, LeavesWhatIsUnclearOpen) {
  std::vector<std::vector<std::string>> rows;
  for (int i = 0; i < 12; ++i)
    rows.push_back(
        {i % 3 ? "x" : "y", "a fairly long text with number " + std::to_string(i), i % 2 ? "p" : "q"});
  EXPECT_EQ(guess({"a", "b", "c"}, rows), Pair(1, -1)) << "two columns could be the label";
  EXPECT_EQ(guess({"a", "b", "c"}, {{"v", "v", "v"}}), Pair(-1, -1));
  EXPECT_EQ(guess({"text", "coarse_label", "fine_label"}, {{"v", "w", "x"}}), Pair(0, -1));
}

TEST(KnownColumnNames, AreNotFoundInSentences) {
  EXPECT_TRUE(isKnownColumnName("Text"));
  EXPECT_TRUE(isKnownColumnName("review_text"));
  EXPECT_FALSE(isKnownColumnName("the text of this review"));
  EXPECT_FALSE(isKnownColumnName("context"));
}

}  // namespace
}  // namespace attune
