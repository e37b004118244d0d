#include "core/data/split.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "core/base/error.h"
#include "core/base/text.h"

namespace attune {
namespace {

std::vector<Example> distinctTexts(const std::vector<int>& rowsByLabel) {
  std::vector<Example> examples;
  for (std::size_t label = 0; label < rowsByLabel.size(); ++label)
    for (int i = 0; i < rowsByLabel[label]; ++i)
      examples.push_back(
          {"text " + std::to_string(label) + " " + std::to_string(i), static_cast<std::int64_t>(label), 1});
  return examples;
}

std::vector<std::array<int, 3>> countByLabel(const std::vector<Example>& examples,
                                             const std::vector<Split>& splits, std::size_t labels) {
  std::vector<std::array<int, 3>> counts(labels, {0, 0, 0});
  for (std::size_t i = 0; i < examples.size(); ++i)
    ++counts[static_cast<std::size_t>(examples[i].label)][static_cast<std::size_t>(splits[i])];
  return counts;
}

TEST(SplitByLabel, GivesEveryLabelItsSharesInWholeRows) {
  const auto examples = distinctTexts({100, 40, 20, 3, 1});
  const auto counts = countByLabel(examples, splitByLabel(examples, 5, {}, Seed{1}), 5);
  EXPECT_EQ(counts[0], (std::array{70, 15, 15}));
  EXPECT_EQ(counts[1], (std::array{28, 6, 6}));
  EXPECT_EQ(counts[2], (std::array{14, 3, 3}));
  EXPECT_EQ(counts[3], (std::array{1, 1, 1})) << "three texts, three splits";
  EXPECT_EQ(counts[4], (std::array{1, 0, 0}));
}

TEST(SplitByLabel, StaysWithinOneRowOfTheRatioForEverySize) {
  for (int rows = 7; rows < 130; ++rows) {
    const auto examples = distinctTexts({rows});
    const auto counts = countByLabel(examples, splitByLabel(examples, 1, {}, Seed{3}), 1)[0];
    EXPECT_LT(std::fabs(counts[0] - 0.70 * rows), 1.0) << rows;
    EXPECT_LT(std::fabs(counts[1] - 0.15 * rows), 1.0) << rows;
    EXPECT_LT(std::fabs(counts[2] - 0.15 * rows), 1.0) << rows;
  }
}

TEST(SplitByLabel, DoesNotRoundAlwaysTowardsTheSameSplit) {
  // 77 labels of 10 rows: 7, 1.5 and 1.5 each.
  const auto examples = distinctTexts(std::vector<int>(77, 10));
  const auto splits = splitByLabel(examples, 77, {}, Seed{1});
  const auto in = [&](Split s) { return std::count(splits.begin(), splits.end(), s); };
  EXPECT_EQ(in(Split::kTrain), 539);
  EXPECT_LE(std::abs(in(Split::kValidation)-in(Split::kTest)), 1);
}

TEST(SplitByLabel, KeepsEqualTextsTogether) {
  auto examples = distinctTexts({60, 60});
  const std::size_t originals = examples.size();
  for (std::size_t i = 0; i < originals; i += 3) {
    Example copy = examples[i];
    copy.text = "  TEXT," + copy.text.substr(4) + "!";
    examples.push_back(copy);
    if (i % 2 == 0) {
      copy.label = 1 - copy.label;  // contradicting labels stay together as well
      examples.push_back(copy);
    }
  }
  const auto splits = splitByLabel(examples, 2, {}, Seed{5});
  std::map<std::string, std::set<Split>> byText;
  for (std::size_t i = 0; i < examples.size(); ++i)
    byText[foldForComparison(examples[i].text)].insert(splits[i]);
  EXPECT_EQ(byText.size(), originals);
  for (const auto& [text, in] : byText) EXPECT_EQ(in.size(), 1u) << text;
  for (const auto& counts : countByLabel(examples, splits, 2)) {
    const double rows = counts[0] + counts[1] + counts[2];
    EXPECT_NEAR(counts[0] / rows, 0.70, 0.05);
    EXPECT_NEAR(counts[1] / rows, 0.15, 0.05);
  }
}

TEST(SplitByLabel, TellsTextsOfPunctuationApart) {
  std::vector<Example> examples;
  for (const char* text : {":-)", ":-(", "!!!", "???", "...", ";-)"}) examples.push_back({text, 0, 1});
  const auto splits = splitByLabel(examples, 1, {}, Seed{1});
  EXPECT_EQ(std::set<Split>(splits.begin(), splits.end()).size(), 3u);
}

TEST(SplitByLabel, PutsEveryLabelWithThreeTextsInAllSplitsDespiteCopies) {
  // One text has fifty rows, the two others one each.
  std::vector<Example> examples(50, Example{"the same", 0, 1});
  examples.push_back({"second", 0, 2});
  examples.push_back({"third", 0, 3});
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto counts = countByLabel(examples, splitByLabel(examples, 1, {}, Seed{seed}), 1)[0];
    EXPECT_EQ(counts, (std::array{50, 1, 1})) << seed;
  }
}

TEST(SplitByLabel, LeavesSplitsWithoutAShareEmpty) {
  const auto examples = distinctTexts({50, 50});
  const auto counts = countByLabel(examples, splitByLabel(examples, 2, {0.8, 0.2, 0}, Seed{1}), 2);
  for (const auto& c : counts) EXPECT_EQ(c, (std::array{40, 10, 0}));
  const auto all = splitByLabel(examples, 2, {1, 0, 0}, Seed{1});
  EXPECT_EQ(std::count(all.begin(), all.end(), Split::kTrain), 100);
  EXPECT_THROW(splitByLabel(examples, 2, {0, 0, 0}, Seed{1}), Error);
  EXPECT_THROW(splitByLabel(examples, 2, {1, -1, 0}, Seed{1}), Error);
}

TEST(SplitByLabel, DependsOnTheSeedAlone) {
  const auto examples = distinctTexts({50, 30});
  EXPECT_EQ(splitByLabel(examples, 2, {}, Seed{1}), splitByLabel(examples, 2, {}, Seed{1}));
  EXPECT_NE(splitByLabel(examples, 2, {}, Seed{1}), splitByLabel(examples, 2, {}, Seed{2}));
}

Dataset trainingOnly(const std::vector<int>& rowsByLabel) {
  auto examples = distinctTexts(rowsByLabel);
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < rowsByLabel.size(); ++i) labels.push_back(std::to_string(i));
  std::vector<Split> splits(examples.size(), Split::kTrain);
  return Dataset("d", labels, std::move(examples), std::move(splits));
}

TEST(TrainSubset, IsNestedAndInProportion) {
  const Dataset dataset = trainingOnly({60, 30, 10});
  std::set<std::int64_t> smaller;
  for (std::int64_t count = 1; count <= 100; ++count) {
    const auto rows = trainSubset(dataset, count, Seed{4});
    ASSERT_EQ(static_cast<std::int64_t>(rows.size()), count);
    EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
    const std::set<std::int64_t> now(rows.begin(), rows.end());
    ASSERT_EQ(static_cast<std::int64_t>(now.size()), count);
    EXPECT_TRUE(std::includes(now.begin(), now.end(), smaller.begin(), smaller.end())) << count;
    std::vector<double> byLabel(3, 0);
    for (const std::int64_t row : rows)
      byLabel[static_cast<std::size_t>(dataset.examples()[static_cast<std::size_t>(row)].label)] += 1;
    if (count >= 3) {
      const double share[] = {0.6, 0.3, 0.1};
      for (std::size_t l = 0; l < 3; ++l) {
        EXPECT_GE(byLabel[l], 1) << count;
        EXPECT_LE(std::fabs(byLabel[l] - share[l] * static_cast<double>(count)), 2.0) << count;
      }
    }
    smaller = now;
  }
}

TEST(TrainSubset, OfZeroIsAllAndOfTooManyIsAll) {
  const Dataset dataset = trainingOnly({5, 5});
  EXPECT_EQ(trainSubset(dataset, 0, Seed{1}), dataset.rows(Split::kTrain));
  EXPECT_EQ(trainSubset(dataset, 99, Seed{1}), dataset.rows(Split::kTrain));
  EXPECT_NE(trainSubset(dataset, 4, Seed{1}), trainSubset(dataset, 4, Seed{2}));
  EXPECT_THROW(trainSubset(dataset, -1, Seed{1}), Error);
}

}  // namespace
}  // namespace attune
