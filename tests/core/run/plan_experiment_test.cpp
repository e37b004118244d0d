#include "core/run/plan_experiment.h"

#include <gtest/gtest.h>

#include <set>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/data/template.h"

namespace attune {
namespace plan_experiment_test {

ExperimentRequest request(const std::string& name, const std::vector<std::string>& methods) {
  ExperimentRequest request;
  request.experiment = name;
  request.study.dataset.name = "messages";
  request.study.dataset.labels = {"calm", "angry", "other"};
  request.study.dataset.splitSizes = {{kTrainSplit, 200}, {kValidationSplit, 50}, {kTestSplit, 100}};
  request.study.base.name = "bundled";
  request.study.methods = chooseMethods(methods, "standard");
  request.study.preset = "standard";
  request.study.seeds = 3;
  request.study.projectPath = "p.attune";
  return request;
}

TEST(PlanExperiment, EveryOneOfTheCatalogExpandsToOrdinaryRuns) {
  for (const ExperimentInfo& info : experimentCatalog()) {
    const std::vector<Study> arms = planExperiment(request(info.name, splitList(info.methods)));
    ASSERT_FALSE(arms.empty()) << info.name;
    std::set<std::string> keys, groups;
    std::size_t runs = 0;
    for (const Study& study : arms) {
      EXPECT_EQ(study.arm.experiment, info.name);
      EXPECT_NE(study.name.find("messages"), std::string::npos);
      EXPECT_TRUE(
          study.repeatCommand.starts_with("attune-cli experiment " + info.name + " --project p.attune"))
          << study.repeatCommand;
      groups.insert(study.arm.group);
      for (const RunSpec& spec : expand(study)) {
        keys.insert(spec.key());
        ++runs;
      }
    }
    EXPECT_EQ(groups.size(), 1U);
    EXPECT_EQ(keys.size(), runs) << info.name << ": no run twice";
    EXPECT_EQ(arms.size() == 1, info.name == "fragility" || info.name == "forgetting" || info.fromComparison);
  }
}

TEST(PlanExperiment, ShowsTenSetsOfExamplesInFiveOrders) {
  const Study shown = planExperiment(request("shots", {"lora"})).front();
  EXPECT_EQ(shown.seeds, 10);
  EXPECT_EQ(shown.conditions.orders, 4);  // beside their own
  ExperimentRequest quick = request("shots", {"lora"});
  quick.study.preset = "quick";
  EXPECT_EQ(planExperiment(quick).front().seeds, 3);
}

TEST(PlanExperiment, SizesGrowInEqualRatiosToAllRows) {
  EXPECT_EQ(experimentSizes(200, 3), (std::vector<std::int64_t>{8, 16, 32, 64, 128, 200}));
  EXPECT_EQ(experimentSizes(5000, 6), (std::vector<std::int64_t>{8, 32, 128, 512, 2048, 5000}));
  EXPECT_EQ(experimentSizes(300, 77), (std::vector<std::int64_t>{128, 300}));
  EXPECT_EQ(experimentSizes(8, 2), (std::vector<std::int64_t>{8}));
  EXPECT_EQ(experimentSizes(5, 2), (std::vector<std::int64_t>{5}));
}

TEST(PlanExperiment, FewRowsAreLearnedFromWithAsManySteps) {
  const std::vector<Study> arms = planExperiment(request("data_efficiency", {"lora", "full"}));
  ASSERT_EQ(arms.size(), 6U);
  EXPECT_EQ(arms.front().budget.trainRows, 8);
  EXPECT_EQ(arms.back().budget.trainRows, 0);  // all: the ordinary run
  const auto steps = [](const Study& study, std::int64_t rows) {
    const ParamSet& params = study.methods.front().params;
    const std::int64_t batch = params.getInt("batch_size");
    return params.getInt("epochs") * ((rows + batch - 1) / batch);
  };
  const std::int64_t all = steps(arms.back(), 200);
  EXPECT_GE(steps(arms.front(), 8), all);
  EXPECT_LE(steps(arms.front(), 8), all + 1);
  ExperimentRequest own = request("data_efficiency", {"lora"});
  own.sizes = {100, 10};
  EXPECT_EQ(planExperiment(own).front().arm.value, 10);
  EXPECT_NE(planExperiment(own).front().repeatCommand.find(" --sizes 100,10"), std::string::npos);
  own.sizes = {10, 300};
  EXPECT_THROW(planExperiment(own), Error);
}

TEST(PlanExperiment, NonsenseWordsAreOneALabel) {
  std::vector<std::string> labels;
  for (int i = 0; i < 300; ++i) labels.push_back("label_" + std::to_string(i));
  const std::vector<std::string> words = labelWords(labels, nonsenseWords(labels));
  EXPECT_EQ(std::set<std::string>(words.begin(), words.end()).size(), 300U);
  EXPECT_EQ(words[0], "dax");
}

TEST(PlanExperiment, RefusesWhatBaseOrDataRuleOut) {
  ExperimentRequest encoder = request("fragility", {"lora"});
  encoder.study.base.layout = Layout::kEncoder;
  EXPECT_THROW(planExperiment(encoder), Error);
  ExperimentRequest answers = request("overfitting", {"lora"});
  answers.study.dataset.freeAnswers = true;
  EXPECT_THROW(planExperiment(answers), Error);
}

}  // namespace plan_experiment_test
}  // namespace attune
