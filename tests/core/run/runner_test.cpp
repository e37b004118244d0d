#include "core/run/runner.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/file.h"
#include "core/method/catalog.h"
#include "core/run/stored_prompt.h"
#include "tests/support/temporary_folder.h"

namespace attune {
namespace runner_test {

// Forty rows of two labels, told apart by their words.
std::shared_ptr<const Dataset> parcels() {
  std::vector<Example> examples;
  std::vector<Split> splits;
  for (std::int64_t i = 0; i < 60; ++i) {
    examples.push_back({(i % 2 ? "my parcel number " : "my refund of pounds ") + std::to_string(i) +
                            (i % 2 ? " is late" : " please"),
                        i % 2, i + 2});
    splits.push_back(i < 40 ? Split::kTrain : i < 50 ? Split::kValidation : Split::kTest);
  }
  return std::make_shared<Dataset>("parcels", std::vector<std::string>{"refund", "delivery"}, examples,
                                   splits);
}

struct Told {
  std::vector<RunEvent> events;

  template <typename Event>
  std::vector<Event> all() const {
    std::vector<Event> found;
    for (const RunEvent& event : events)
      if (const auto* e = std::get_if<Event>(&event)) found.push_back(*e);
    return found;
  }
};

class Runner : public testing::Test {
 protected:
  Told run(const std::string& method, const std::map<std::string, ParamValue>& settings = {},
           std::int64_t search = 0, std::uint64_t seed = 1) {
    RunInputs inputs;
    inputs.spec.method = method;
    inputs.spec.params = presetParams(methodInfo(method), "quick");
    for (const auto& [name, value] : settings) inputs.spec.params.set(name, value);
    inputs.spec.seed = seed;
    inputs.spec.base = {"bundled", std::string(ATTUNE_SOURCE_DIR) + "/resources/base", ""};
    inputs.spec.budget.search = search;
    inputs.dataset = parcels();
    inputs.filesFolder = out_.path();
    inputs.runFolder = "1";
    Told told;
    executeRun(
        inputs, [&](const RunEvent& event) { told.events.push_back(event); }, StopToken{});
    return told;
  }

  TemporaryFolder out_;
};

TEST_F(Runner, ASearchKeepsTheBestRateByValidationAndChargesAllTrainings) {
  const Told told = run("lora", {{"epochs", std::int64_t{2}}}, 3);
  ASSERT_EQ(told.all<RunFinished>().size(), 1u);
  const RunCost cost = told.all<RunFinished>().front().cost;
  ASSERT_EQ(cost.search.size(), 3u);
  const auto best =
      std::max_element(cost.search.begin(), cost.search.end(), [](const auto& a, const auto& b) {
        return a.accuracy != b.accuracy ? a.accuracy < b.accuracy : a.logLoss > b.logLoss;
      });
  EXPECT_EQ(cost.learningRate, best->learningRate);
  double seconds = 0;
  for (const RateTrial& trial : cost.search) seconds += trial.seconds;
  EXPECT_NEAR(cost.trainSeconds, seconds, 1e-9);
  // Of the three trainings of 2 × 3 steps one is told, that with the best rate.
  const auto steps = told.all<RunStep>();
  ASSERT_EQ(steps.size(), 6u);
  EXPECT_EQ(cost.steps, 18);
  for (std::size_t i = 0; i < steps.size(); ++i) EXPECT_EQ(steps[i].step, static_cast<std::int64_t>(i) + 1);
  double highest = 0;
  for (const RunStep& step : steps) highest = std::max(highest, step.learningRate);
  EXPECT_NEAR(highest, cost.learningRate, 1e-9 + 0.35 * cost.learningRate);
  EXPECT_EQ(RunCost::fromJson(cost.toJson()).search.size(), 3u);
}

TEST_F(Runner, WithoutASearchTheMethodsOwnRateIsUsed) {
  const Told told = run("lora", {{"epochs", std::int64_t{1}}, {"learning_rate", 0.002}});
  ASSERT_EQ(told.all<RunFinished>().size(), 1u);
  EXPECT_TRUE(told.all<RunFinished>().front().cost.search.empty());
  EXPECT_EQ(told.all<RunFinished>().front().cost.learningRate, 0.002);
}

// The examples come from the training rows, and what is stored asks the same again.
TEST_F(Runner, FewShotShowsTrainingRowsAndStoresThem) {
  const Told told = run("few_shot", {{"shots", std::int64_t{4}}});
  ASSERT_EQ(told.all<RunFinished>().size(), 1u);
  const auto prompt = readPrompt(out_.path("1"));
  ASSERT_TRUE(prompt);
  ASSERT_EQ(prompt->examples.size(), 4u);
  const auto data = parcels();
  int refunds = 0;
  for (const Demonstration& example : prompt->examples) {
    const auto& rows = data->rows(Split::kTrain);
    EXPECT_TRUE(std::any_of(rows.begin(), rows.end(), [&](std::int64_t row) {
      return data->examples()[static_cast<std::size_t>(row)].text == example.text;
    })) << example.text;
    refunds += example.answer == "refund";
  }
  EXPECT_EQ(refunds, 2);
  EXPECT_TRUE(prompt->prior.empty());
}

TEST_F(Runner, ACalibrationDividesByWhatEmptyQuestionsGet) {
  const std::map<std::string, ParamValue> settings{{"shots", std::int64_t{2}}};
  const Told plain = run("few_shot", settings);
  const Told calibrated = run("calibrated_few_shot", settings);
  const auto prompt = readPrompt(out_.path("1"));
  ASSERT_TRUE(prompt);
  ASSERT_EQ(prompt->prior.size(), 2u);
  EXPECT_NEAR(prompt->prior[0] + prompt->prior[1], 1, 1e-5);
  const auto a = plain.all<RunPredicted>().back().predictions,
             b = calibrated.all<RunPredicted>().back().predictions;
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double odds =
        static_cast<double>(a[i].probabilities[0]) / static_cast<double>(a[i].probabilities[1]);
    const double corrected =
        static_cast<double>(b[i].probabilities[0]) / static_cast<double>(b[i].probabilities[1]);
    EXPECT_NEAR(corrected, odds * prompt->prior[1] / prompt->prior[0], 1e-3 * corrected);
  }
}

}  // namespace runner_test
}  // namespace attune
