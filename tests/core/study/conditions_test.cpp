#include "core/study/conditions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/base/error.h"
#include "core/study/experiment.h"
#include "core/study/study.h"

namespace attune {
namespace {

TEST(Conditions, AUsualRunKeepsTheIdentityThatItHadBeforeThereWereAny) {
  RunSpec spec;
  spec.method = "lora";
  spec.seed = 3;
  // Written down before: projects hold runs under this key.
  EXPECT_EQ(spec.key(), "adb86f9bfb5023f20dc4bc94ae07f5b0671745ff7b45f2309b73b93c6a48fcf1");
  RunSpec flipped = spec;
  flipped.conditions.flippedLabels = 0.2;
  EXPECT_NE(flipped.key(), spec.key());
  EXPECT_NE(flipped.configurationKey(), spec.configurationKey());
  EXPECT_EQ(RunSpec::fromJson(flipped.toJson()).key(), flipped.key());
  EXPECT_FALSE(spec.toJson().has("conditions"));
}

TEST(Conditions, AStudyKeepsThemAndItsPlaceInAnExperiment) {
  Study study;
  study.conditions.asksWordings = study.conditions.readsGeneral = true;
  study.arm = {"fragility", "fragility-1", "32 rows", 32};
  const Study back = Study::fromJson(study.toJson());
  EXPECT_EQ(back.conditions, study.conditions);
  EXPECT_EQ(back.arm.experiment + back.arm.group + back.arm.title, "fragilityfragility-132 rows");
  EXPECT_EQ(back.arm.value, 32);
  // With more seeds it is no part of the experiment any more, but still another task.
  study.arm.altered = true;
  study.arm.leaveExperiment();
  const Study alone = Study::fromJson(study.toJson());
  EXPECT_TRUE(alone.arm.experiment.empty());
  EXPECT_TRUE(alone.arm.altered);
  EXPECT_EQ(alone.arm.title, "32 rows");
}

TEST(TaughtLabel, IsAnotherOneForTheShareOfRowsAndDependsOnTheSeedAlone) {
  std::map<std::int64_t, int> taught;
  int flipped = 0;
  for (std::int64_t row = 0; row < 4000; ++row) {
    const std::int64_t label = taughtLabel(row, 2, 5, 0.2, 7);
    EXPECT_EQ(taughtLabel(row, 2, 5, 0.2, 7), label);
    flipped += label != 2;
    ++taught[label];
  }
  EXPECT_NEAR(flipped / 4000.0, 0.2, 0.025);  // four standard errors
  for (const std::int64_t other : {0, 1, 3, 4}) EXPECT_NEAR(taught[other] / 4000.0, 0.05, 0.014);
  EXPECT_EQ(taughtLabel(1, 2, 5, 0, 7), 2);
  EXPECT_EQ(taughtLabel(1, 0, 1, 1, 7), 0);  // there is no other
  EXPECT_EQ(taughtLabel(1, 0, 2, 1, 7), 1);
}

TEST(Experiments, HaveNamesAndClaimsOfTheirOwn) {
  std::set<std::string> names, claims;
  for (const ExperimentInfo& info : experimentCatalog()) {
    names.insert(info.name);
    claims.insert(info.claim);
    EXPECT_EQ(&experimentInfo(info.name), &info);
    EXPECT_FALSE(info.methods.empty() || info.summary.empty() || info.title.empty()) << info.name;
  }
  EXPECT_EQ(names.size(), 11U);
  EXPECT_EQ(claims.size(), 11U);
  try {
    experimentInfo("fragilty");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.hint(), "Did you mean 'fragility'?");
  }
}

}  // namespace
}  // namespace attune
