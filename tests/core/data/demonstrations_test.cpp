#include "core/data/demonstrations.h"

#include <gtest/gtest.h>

#include <set>

#include "core/data/template.h"

namespace attune {
namespace {

Dataset someData() {
  std::vector<Example> examples;
  for (int i = 0; i < 12; ++i)
    examples.push_back({"text " + std::to_string(i), i < 8 ? 0 : i < 11 ? 1 : 2, i + 2});
  return Dataset("some", {"a", "b", "c"}, examples, std::vector<Split>(12, Split::kTrain));
}

std::vector<int> labelsOf(const Dataset& data, const std::vector<std::int64_t>& rows) {
  std::vector<int> counts(3, 0);
  for (const std::int64_t row : rows)
    ++counts[static_cast<std::size_t>(data.examples()[static_cast<std::size_t>(row)].label)];
  return counts;
}

TEST(Demonstrations, TakeTheLabelsInTurnAsLongAsThereAreAny) {
  const Dataset data = someData();
  const auto& rows = data.rows(Split::kTrain);
  EXPECT_EQ(labelsOf(data, chooseDemonstrations(data, rows, 3, Seed{1})), (std::vector<int>{1, 1, 1}));
  EXPECT_EQ(labelsOf(data, chooseDemonstrations(data, rows, 7, Seed{1})), (std::vector<int>{3, 3, 1}));
  const auto all = chooseDemonstrations(data, rows, 100, Seed{1});
  EXPECT_EQ(std::set<std::int64_t>(all.begin(), all.end()).size(), 12u);
  EXPECT_TRUE(chooseDemonstrations(data, rows, 0, Seed{1}).empty());
}

TEST(Demonstrations, AreDrawnAndOrderedByTheSeed) {
  const Dataset data = someData();
  const auto& rows = data.rows(Split::kTrain);
  EXPECT_EQ(chooseDemonstrations(data, rows, 6, Seed{5}), chooseDemonstrations(data, rows, 6, Seed{5}));
  std::set<std::vector<std::int64_t>> different;
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    different.insert(chooseDemonstrations(data, rows, 6, Seed{seed}));
  EXPECT_GT(different.size(), 15u);
}

TEST(Demonstrations, StandInFrontOfTheQuestionWithTheirBraces) {
  const std::string pattern = "Is it {labels}? {text} Answer:";
  const std::vector<std::string> words{"good", "bad"};
  const PromptTemplate whole(withDemonstrations(pattern, {{"{fine}", "good"}, {"}{", "bad"}}, words));
  EXPECT_EQ(whole.fill("so {text}", words),
            "Is it good or bad? {fine} Answer: good\n\nIs it good or bad? }{ Answer: bad\n\n"
            "Is it good or bad? so {text} Answer:");
}

}  // namespace
}  // namespace attune
