#include "core/data/check.h"

#include <gtest/gtest.h>

#include "tests/support/data_file.h"

namespace attune {
namespace {

using Lines = std::vector<std::int64_t>;

struct Row {
  std::string text;
  std::int64_t label;
  Split split = Split::kTrain;
};

// Rows from line 2 on.
std::vector<Diagnostic> check(const std::vector<std::string>& labels, const std::vector<Row>& rows) {
  std::vector<Example> examples;
  std::vector<Split> splits;
  for (const Row& row : rows) {
    examples.push_back({row.text, row.label, static_cast<std::int64_t>(examples.size()) + 2});
    splits.push_back(row.split);
  }
  return checkDataset(Dataset("d", labels, std::move(examples), std::move(splits)), "d.csv");
}

std::vector<Row> plentyOfRows() {
  std::vector<Row> rows;
  for (int i = 0; i < 400; ++i)
    rows.push_back({"text number " + std::to_string(i), i % 2, i < 200 ? Split::kTrain : Split::kTest});
  return rows;
}

TEST(CheckDataset, SaysNothingWhenAllIsWell) {
  const auto found = check({"a", "b"}, plentyOfRows());
  EXPECT_TRUE(found.empty()) << describe(found);
}

TEST(CheckDataset, NamesRepeatedRows) {
  auto rows = plentyOfRows();
  rows.push_back({"Text  number 6!", 0, Split::kTrain});
  rows.push_back({"text number 6", 0, Split::kTrain});
  const auto found = check({"a", "b"}, rows);
  const Diagnostic* duplicate = findRule(found, "duplicate_text");
  ASSERT_NE(duplicate, nullptr);
  EXPECT_EQ(duplicate->rows, (Lines{402, 403}));
  EXPECT_EQ(duplicate->message, "2 rows repeat the text and label of an earlier row: lines 402 and 403.");
  EXPECT_EQ(findRule(found, "conflicting_labels"), nullptr);
  EXPECT_EQ(findRule(found, "split_overlap"), nullptr);
}

TEST(CheckDataset, NamesContradictions) {
  auto rows = plentyOfRows();
  rows.push_back({"text number 6", 1, Split::kTrain});
  rows.push_back({"text number 6", 1, Split::kTrain});
  const auto found = check({"a", "b"}, rows);
  const Diagnostic* conflict = findRule(found, "conflicting_labels");
  ASSERT_NE(conflict, nullptr);
  EXPECT_EQ(conflict->rows, (Lines{8, 402, 403}));
  EXPECT_NE(conflict->message.find("1 text has more than one label, first 'a' in line 8 and 'b' in line 402"),
            std::string::npos);
  ASSERT_NE(findRule(found, "duplicate_text"), nullptr) << "the second of the two is a copy of the first";
  EXPECT_EQ(findRule(found, "duplicate_text")->rows, (Lines{403}));
}

TEST(CheckDataset, CountsTestRowsThatTrainingHasSeen) {
  auto rows = plentyOfRows();
  rows[300].text = rows[0].text;
  rows[302].text = "TEXT number 2.";
  const auto found = check({"a", "b"}, rows);
  const Diagnostic* overlap = findRule(found, "split_overlap");
  ASSERT_NE(overlap, nullptr);
  EXPECT_EQ(overlap->rows, (Lines{302, 304}));
  EXPECT_EQ(overlap->message.find("2 of 200 rows of the test split"), 0u);
  EXPECT_EQ(findRule(found, "duplicate_text"), nullptr) << "a copy in another split is overlap";
}

TEST(CheckDataset, ComparesEmoticonsAsTheyStand) {
  auto rows = plentyOfRows();
  rows.push_back({":-)", 0, Split::kTrain});
  rows.push_back({":-(", 1, Split::kTrain});
  EXPECT_TRUE(check({"a", "b"}, rows).empty());
}

TEST(CheckDataset, NamesLabelsWithFewRows) {
  auto rows = plentyOfRows();
  for (int i = 0; i < 9; ++i)
    rows.push_back({"rare " + std::to_string(i), 2, i % 2 ? Split::kTrain : Split::kTest});
  for (int i = 0; i < 10; ++i)
    rows.push_back({"ten " + std::to_string(i), 3, i % 2 ? Split::kTrain : Split::kTest});
  const auto found = check({"a", "b", "rare", "ten"}, rows);
  ASSERT_NE(findRule(found, "rare_label"), nullptr);
  EXPECT_EQ(findRule(found, "rare_label")->message, "1 label has fewer than 10 rows: 'rare' (9 rows).");
}

TEST(CheckDataset, NamesLabelsOfOneSplitOnly) {
  auto rows = plentyOfRows();
  for (int i = 0; i < 12; ++i) rows.push_back({"new " + std::to_string(i), 2, Split::kTest});
  const auto found = check({"a", "b", "new"}, rows);
  const Diagnostic* only = findRule(found, "label_in_one_split");
  ASSERT_NE(only, nullptr);
  EXPECT_EQ(only->message.find("1 label is only in the test split: 'new' (12 rows)"), 0u);
  EXPECT_EQ(only->rows.size(), 12u);
}

TEST(CheckDataset, FindsVariantsOfALabelButKeepsSignsApart) {
  auto rows = plentyOfRows();
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].label = static_cast<std::int64_t>(i % 8);
  const auto found = check({"+1", "-1", "É té", "Yes", "c", "c++", "yes ", "été"}, rows);
  std::vector<std::string> messages;
  for (const Diagnostic& d : found)
    if (d.rule == "label_variants") messages.push_back(d.message);
  ASSERT_EQ(messages.size(), 2u) << describe(found);
  EXPECT_NE((messages[0] + messages[1]).find("'Yes', 'yes '"), std::string::npos);
  EXPECT_NE((messages[0] + messages[1]).find("'É té', 'été'"), std::string::npos);
}

TEST(CheckDataset, RefusesASingleLabel) {
  auto rows = plentyOfRows();
  for (Row& row : rows) row.label = 0;
  const auto found = check({"only", "never used"}, rows);
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].rule, "one_label");
  EXPECT_EQ(found[0].severity, Severity::kError);
}

TEST(CheckDataset, NamesTextsOfMoreThanTwoThousandWords) {
  auto rows = plentyOfRows();
  for (int i = 0; i < 2001; ++i) rows[4].text += " word";
  for (int i = 0; i < 1997; ++i) rows[5].text += " word";  // and three words before: 2,000
  const auto found = check({"a", "b"}, rows);
  ASSERT_NE(findRule(found, "long_text"), nullptr);
  EXPECT_EQ(findRule(found, "long_text")->rows, (Lines{6}));
}

TEST(CheckDataset, AsksForMoreTestRows) {
  auto rows = plentyOfRows();
  rows.resize(299);
  const auto found = check({"a", "b"}, rows);
  ASSERT_NE(findRule(found, "few_test_rows"), nullptr);
  EXPECT_EQ(findRule(found, "few_test_rows")->message.find("The test split has 99 rows"), 0u);
}

}  // namespace
}  // namespace attune
