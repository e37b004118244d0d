#include "core/data/dataset.h"

#include <gtest/gtest.h>

#include "core/base/error.h"

namespace attune {
namespace {

using std::vector;

Dataset make(vector<std::string> labels, vector<Example> examples, vector<Split> splits) {
  return Dataset("name", std::move(labels), std::move(examples), std::move(splits));
}

TEST(Dataset, ListsRowsAndCountsLabelsBySplit) {
  const Dataset d =
      make({"a", "b"}, {{"x", 0, 1}, {"y", 1, 2}, {"z", 1, 3}}, {Split::kTest, Split::kTrain, Split::kTest});
  EXPECT_EQ(d.rows(Split::kTrain), (vector<std::int64_t>{1}));
  EXPECT_EQ(d.rows(Split::kTest), (vector<std::int64_t>{0, 2}));
  EXPECT_TRUE(d.rows(Split::kValidation).empty());
  EXPECT_EQ(d.labelCounts(Split::kTest), (vector<std::int64_t>{1, 1}));
  EXPECT_EQ(d.splitOf(2), Split::kTest);
}

TEST(Dataset, HashesTextsLabelsAndOrderButNotNamesNorLines) {
  const vector<Split> train2(2, Split::kTrain);
  const std::string hash = make({"a", "b"}, {{"x", 0, 1}, {"y", 1, 2}}, train2).hash();
  EXPECT_EQ(hash.size(), 64u);
  EXPECT_EQ(hash, Dataset("other", {"a", "b"}, {{"x", 0, 7}, {"y", 1, 9}}, train2).hash());
  EXPECT_EQ(hash, make({"a", "b"}, {{"x", 0, 1}, {"y", 1, 2}}, {Split::kTest, Split::kTrain}).hash());
  EXPECT_NE(hash, make({"a", "b"}, {{"y", 1, 2}, {"x", 0, 1}}, train2).hash());
  EXPECT_NE(hash, make({"a", "b"}, {{"x", 1, 1}, {"y", 1, 2}}, train2).hash());
  EXPECT_NE(hash, make({"a", "c"}, {{"x", 0, 1}, {"y", 1, 2}}, train2).hash());
  EXPECT_NE(hash, make({"ab", ""}, {{"x", 0, 1}, {"y", 1, 2}}, train2).hash());
}

TEST(Dataset, HashesTheSplitByItself) {
  const vector<Example> examples = {{"x", 0, 1}, {"y", 0, 2}};
  const std::string a = make({"a"}, examples, {Split::kTrain, Split::kTest}).splitHash();
  EXPECT_EQ(a, make({"b"}, {{"p", 0, 1}, {"q", 0, 2}}, {Split::kTrain, Split::kTest}).splitHash());
  EXPECT_NE(a, make({"a"}, examples, {Split::kTest, Split::kTrain}).splitHash());
}

TEST(Dataset, RefusesLabelsOutOfRangeAndTextsThatAreNotUtf8) {
  EXPECT_THROW(make({"a"}, {{"x", 1, 1}}, {Split::kTrain}), Error);
  EXPECT_THROW(make({"a"}, {{"x", -1, 1}}, {Split::kTrain}), Error);
  EXPECT_THROW(make({"a"}, {{"\xFF", 0, 1}}, {Split::kTrain}), Error);
  EXPECT_THROW(make({"a"}, {{"x", 0, 1}}, {}), Error);
}

TEST(SplitNames, ReadBack) {
  for (const Split s : {Split::kTrain, Split::kValidation, Split::kTest})
    EXPECT_EQ(splitFromName(splitName(s)), s);
  EXPECT_THROW(splitFromName("dev"), Error);
}

}  // namespace
}  // namespace attune
