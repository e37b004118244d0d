#include "core/run/runner.h"
#include "core/model/parts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/method/catalog.h"
#include "core/run/imported_adapter.h"
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

const BaseRef kBundled{"bundled", std::string(ATTUNE_SOURCE_DIR) + "/resources/base", ""};

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
  // The run is put aside when `suspends` says so of what it told.
  Told run(const std::string& method, const std::map<std::string, ParamValue>& settings = {},
           std::int64_t search = 0, const std::function<bool(const Told&)>& suspends = {}) {
    RunSpec spec;
    spec.method = method;
    spec.params = presetParams(methodInfo(method), "quick");
    for (const auto& [name, value] : settings) spec.params.set(name, value);
    spec.budget.search = search;
    return execute(spec, "1", suspends);
  }

  Told execute(RunSpec spec, const std::string& folder,
               const std::function<bool(const Told&)>& suspends = {}) {
    RunInputs inputs;
    inputs.spec = std::move(spec);
    inputs.spec.seed = 1;
    inputs.spec.base = kBundled;
    inputs.dataset = parcels();
    inputs.filesFolder = out_.path();
    inputs.runFolder = folder;
    inputs.checkpointSeconds = checkpointSeconds_;
    Told told;
    StopToken stop;
    executeRun(
        inputs,
        [&](const RunEvent& event) {
          told.events.push_back(event);
          if (suspends && suspends(told)) stop.request(StopKind::kSuspend);
        },
        stop);
    return told;
  }

  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> contents;
    for (const auto& entry : std::filesystem::directory_iterator(out_.path("1")))
      contents[entry.path().filename().string()] = readFile(entry.path().string());
    return contents;
  }

  double checkpointSeconds_ = 30;
  TemporaryFolder out_;
};

// Losses of all steps, looks, test answers and rates, without any times.
std::string story(const Told& told) {
  Json story = Json::array();
  for (const RunEvent& event : told.events) {
    if (const auto* step = std::get_if<RunStep>(&event)) story.push(step->step).push(step->loss);
    if (std::holds_alternative<RunScored>(event) || std::holds_alternative<RunPredicted>(event))
      story.push(toJson(event));
  }
  return story.dump();
}

class Resuming : public Runner, public testing::WithParamInterface<std::string> {};

// Put aside twice and gone on with, a run ends with the same files and the same story as one never
// interrupted.
TEST_P(Resuming, EndsWithTheSameBytes) {
  std::map<std::string, ParamValue> settings{{"epochs", std::int64_t{4}}};
  const MethodInfo& info = methodInfo(GetParam());
  for (const ParamSpec& param : info.parameters)
    if (param.name == "lora_dropout") settings["lora_dropout"] = 0.1;
  const Told whole = run(GetParam(), settings);
  ASSERT_EQ(whole.all<RunFinished>().size(), 1u);
  const auto wholeFiles = files();
  std::filesystem::remove_all(out_.path("1"));

  for (const std::size_t steps : {5, 8}) {
    const Told part =
        run(GetParam(), settings, 0, [&](const Told& told) { return told.all<RunStep>().size() == steps; });
    ASSERT_EQ(part.all<RunInterrupted>().size(), 1u);
    EXPECT_EQ(part.all<RunStep>().size(), steps);
  }
  const Told rest = run(GetParam(), settings);
  ASSERT_EQ(rest.all<RunFinished>().size(), 1u);
  EXPECT_EQ(files(), wholeFiles);
  EXPECT_EQ(story(rest), story(whole));
  const Json environment = rest.all<RunStarted>().front().environment;
  EXPECT_TRUE(environment.at("resumed").at("from_checkpoint").asBool());
  EXPECT_TRUE(environment.at("resumed").at("notes").items().empty()) << environment.dump();
  EXPECT_NE(rest.all<RunFinished>().front().reason.find("interrupted, and went on from a checkpoint"),
            std::string::npos);
}

std::vector<std::string> trainedMethods() {
  std::vector<std::string> names;
  for (const MethodInfo& info : methodCatalog())
    if (info.kind == MethodKind::kTuned) names.push_back(info.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Methods, Resuming, testing::ValuesIn(trainedMethods()),
                         [](const auto& tested) { return tested.param; });

class OnSeveralCores : public Resuming {
 protected:
  void TearDown() override { allowCores(1); }
};

// However many cores work on a run, it is the same run; in every precision, and when activations are worked
// out twice.
TEST_P(OnSeveralCores, EndsWithTheSameBytes) {
  std::map<std::string, ParamValue> settings{{"epochs", std::int64_t{2}}};
  for (const ParamSpec& param : methodInfo(GetParam()).parameters)
    if (param.name == "lora_dropout") settings["lora_dropout"] = 0.1;
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"precision", "fp32"}, {"precision", "bf16"}, {"activation_checkpointing", "on"}}) {
    const MethodInfo& info = methodInfo(GetParam());
    if (std::none_of(info.parameters.begin(), info.parameters.end(),
                     [&, &n = name](const ParamSpec& param) { return param.name == n; }))
      continue;
    std::map<std::string, ParamValue> these = settings;
    these[name] = value;
    allowCores(1);
    const Told alone = run(GetParam(), these);
    ASSERT_EQ(alone.all<RunFinished>().size(), 1u);
    const auto wanted = files();
    for (const int cores : {2, 3}) {
      std::filesystem::remove_all(out_.path("1"));
      allowCores(cores);
      const Told together = run(GetParam(), these);
      ASSERT_EQ(together.all<RunFinished>().size(), 1u);
      EXPECT_TRUE(files() == wanted) << name << " " << value << ", " << cores << " cores";
      EXPECT_TRUE(story(together) == story(alone)) << name << " " << value << ", " << cores << " cores";
    }
    std::filesystem::remove_all(out_.path("1"));
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, OnSeveralCores, testing::ValuesIn(trainedMethods()),
                         [](const auto& tested) { return tested.param; });

// The same with a search, put aside twice at the beginning of its second training.
// Everything that a run may be asked beside the splits, in one: 40 training rows of which some are taught the
// wrong label, the panel, and the general text.
TEST_F(Runner, AnswersWhatItsConditionsAsk) {
  RunSpec spec;
  spec.method = "prompt_tuning";
  spec.params = presetParams(methodInfo("prompt_tuning"), "quick");
  spec.conditions = {0.25, true, true, true, true, true, 0, true};
  const Told told = execute(spec, "conditions");
  std::map<std::string, std::vector<Prediction>> answers;
  for (const RunPredicted& p : told.all<RunPredicted>()) answers[p.split] = p.predictions;
  ASSERT_EQ(answers["train"].size(), 40U);
  // They are held against the right labels, not against those that were taught.
  for (const Prediction& p : answers["train"]) EXPECT_EQ(p.label, p.row % 2);
  std::size_t wordings = 0;
  for (const auto& [name, predictions] : answers)
    if (name.starts_with(kWordingPrefix)) {
      ++wordings;
      EXPECT_EQ(predictions.size(), 10U) << name;
    }
  EXPECT_GE(wordings, 12U);
  EXPECT_FALSE(answers.contains("wording:example_order/order_1"));  // it is shown none
  ASSERT_EQ(answers["paraphrase:lead_in"].size(), 10U);
  EXPECT_NE(answers["paraphrase:lead_in"][0].probabilities, answers["test"][0].probabilities);
  const std::int64_t tokens = spec.params.getInt("num_virtual_tokens");
  for (std::int64_t k = 1; k <= tokens; ++k)
    EXPECT_EQ(answers["virtual:drop/" + std::to_string(k)].size(), 10U) << k;
  // Little noise changes little, much noise more.
  const auto moved = [&](const std::string& name) {
    double sum = 0;
    for (std::size_t i = 0; i < 10; ++i)
      sum += std::fabs(answers[name][i].probabilities[0] - answers["test"][i].probabilities[0]);
    return sum;
  };
  EXPECT_GT(moved("virtual:noise_1/1"), 0);
  EXPECT_GT(moved("virtual:noise_10/1"), moved("virtual:noise_1/1"));
  EXPECT_GT(moved("virtual:order/1"), 0);
  ASSERT_EQ(answers["side:on"].size(), 120U);
  ASSERT_EQ(answers["side:before"].size(), 120U);
  EXPECT_EQ(answers["side:on"][119].row, 119);
  EXPECT_EQ(answers["side:on"][119].probabilities.size(), 4U);
  EXPECT_NE(answers["side:on"][0].probabilities, answers["side:before"][0].probabilities);
  ASSERT_EQ(answers["general:on"].size(), 40U);
  double on = 0, before = 0;
  for (std::size_t i = 0; i < 40; ++i) {
    // The base is what it was: to the last bit.
    EXPECT_EQ(answers["general:off"][i].logLikelihood, answers["general:before"][i].logLikelihood);
    EXPECT_GT(answers["general:on"][i].answerTokens, 5);
    on += answers["general:on"][i].logLikelihood;
    before += answers["general:before"][i].logLikelihood;
  }
  EXPECT_NE(on, before);
  // Learning from wrong labels is learning something else.
  RunSpec right = spec;
  right.conditions = {};
  const Told usual = execute(right, "usual");
  EXPECT_NE(usual.all<RunStep>().back().loss, told.all<RunStep>().back().loss);
  for (const RunPredicted& p : usual.all<RunPredicted>())
    EXPECT_TRUE(p.split == "test" || p.split == "validation");
}

TEST_F(Runner, OtherOrdersOfTheExamplesAreOtherPrompts) {
  RunSpec spec;
  spec.method = "few_shot";
  spec.params = presetParams(methodInfo("few_shot"), "quick");
  spec.conditions.asksWordings = true;
  std::map<std::string, std::vector<Prediction>> answers;
  for (const RunPredicted& p : execute(spec, "orders").all<RunPredicted>()) answers[p.split] = p.predictions;
  for (int k = 1; k <= 5; ++k)
    ASSERT_TRUE(answers.contains("wording:example_order/order_" + std::to_string(k)));
  EXPECT_NE(answers["wording:example_order/order_1"][0].probabilities, answers["test"][0].probabilities);
  EXPECT_NE(answers["wording:example_order/order_1"][0].probabilities,
            answers["wording:example_order/order_2"][0].probabilities);
}

TEST_F(Runner, AResumedSearchEndsWithTheSameBytes) {
  const std::map<std::string, ParamValue> settings{{"epochs", std::int64_t{2}}};
  const Told whole = run("lora", settings, 3);
  const auto wholeFiles = files();
  std::filesystem::remove_all(out_.path("1"));
  checkpointSeconds_ = 0;                    // after every step
  for (const std::size_t phases : {4, 3}) {  // loading, tokenising, the first rate, the second
    const Told part =
        run("lora", settings, 3, [&](const Told& told) { return told.all<RunPhase>().size() == phases; });
    EXPECT_EQ(part.all<RunInterrupted>().size(), 1u);
    EXPECT_TRUE(part.all<RunStep>().empty());
  }
  const Told rest = run("lora", settings, 3);
  ASSERT_EQ(rest.all<RunFinished>().size(), 1u);
  EXPECT_EQ(files(), wholeFiles);
  EXPECT_EQ(story(rest), story(whole));
  const RunCost a = rest.all<RunFinished>().front().cost, b = whole.all<RunFinished>().front().cost;
  EXPECT_EQ(a.steps, b.steps);
  EXPECT_EQ(a.trainTokens, b.trainTokens);
  EXPECT_EQ(a.learningRate, b.learningRate);
}

// A damaged checkpoint is said, and the one before it is used; without any the run begins again.
TEST_F(Runner, ADamagedCheckpointLosesNothingButTime) {
  const std::map<std::string, ParamValue> settings{{"epochs", std::int64_t{3}}};
  const auto aside = [](const Told& told) { return told.all<RunStep>().size() == 7; };
  const Told whole = run("lora", settings);
  const auto wholeFiles = files();
  std::filesystem::remove_all(out_.path("1"));
  checkpointSeconds_ = 0;
  run("lora", settings, 0, aside);
  const auto checkpoints = files();
  ASSERT_EQ(checkpoints.size(), 2u);
  Random random(Seed{1});
  for (const std::size_t damaged : {1, 2})
    for (int turn = 0; turn < 3; ++turn) {
      auto name = checkpoints.rbegin();
      for (std::size_t i = 0; i < damaged; ++i, ++name) {
        std::string bytes = name->second;
        if (turn == 0)
          bytes.resize(random.below(bytes.size()));
        else
          bytes[random.below(bytes.size())] ^= static_cast<char>(1 << random.below(8));
        writeFileAtomically(out_.path("1/" + name->first), bytes);
      }
      for (; name != checkpoints.rend(); ++name)
        writeFileAtomically(out_.path("1/" + name->first), name->second);
      const Told rest = run("lora", settings);
      const Json resumed = rest.all<RunStarted>().front().environment.at("resumed");
      EXPECT_EQ(resumed.at("from_checkpoint").asBool(), damaged == 1);
      EXPECT_EQ(resumed.at("notes").items().size(), damaged) << resumed.dump();
      EXPECT_EQ(files(), wholeFiles);
      EXPECT_EQ(story(rest), story(whole));
      std::filesystem::remove_all(out_.path("1"));
    }
}

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

// What an adapter from elsewhere answers is what it answered where it was trained.
class AdapterFromElsewhere : public Runner {
 protected:
  ImportedAdapter import(const std::vector<std::string>& labels = {"refund", "delivery"}) {
    AdapterImport request;
    request.folder = out_.path("1");
    request.title = "from elsewhere";
    request.projectPath = "p.attune";
    request.filesFolder = out_.path();
    Study study;
    study.base = kBundled;
    return importAdapter(request, study, labels);
  }
  Told evaluate(const MethodChoice& choice) {
    RunSpec spec;
    spec.method = choice.method;
    spec.params = choice.params;
    return execute(spec, "2");
  }
};

TEST_F(AdapterFromElsewhere, AnswersAsItsRunDidAndTrainsNothing) {
  for (const char* method : {"lora", "dora", "prompt_tuning", "linear_probe"}) {
    SCOPED_TRACE(method);
    const Told there = run(method, {{"template", std::string("Message: {text}\nIt is about a")}});
    ASSERT_FALSE(there.all<RunFinished>().empty());
    const ImportedAdapter imported = import();
    EXPECT_EQ(imported.choice.method, method);
    EXPECT_FALSE(imported.choice.seeded);
    EXPECT_EQ(imported.choice.params.getString("template"), "Message: {text}\nIt is about a");
    EXPECT_EQ(imported.files.size(), 3u);
    EXPECT_NE(imported.repeatCommand.find("import-adapter"), std::string::npos);
    const Told here = evaluate(imported.choice);
    ASSERT_FALSE(here.all<RunFinished>().empty());
    EXPECT_TRUE(here.all<RunStep>().empty());
    const RunCost cost = here.all<RunFinished>().back().cost;
    EXPECT_EQ(cost.trainableParameters, there.all<RunFinished>().back().cost.trainableParameters);
    EXPECT_TRUE(std::isnan(cost.knownTrainSeconds()));
    const auto expected = there.all<RunPredicted>(), answered = here.all<RunPredicted>();
    ASSERT_EQ(answered.size(), expected.size());
    for (std::size_t s = 0; s < expected.size(); ++s)
      for (std::size_t i = 0; i < expected[s].predictions.size(); ++i)
        EXPECT_EQ(answered[s].predictions[i].probabilities, expected[s].predictions[i].probabilities);
    EXPECT_EQ(readFile(out_.path("2/adapter_model.safetensors")),
              readFile(out_.path("1/adapter_model.safetensors")));
    std::filesystem::remove_all(out_.path("1"));
  }
}

TEST_F(AdapterFromElsewhere, IsRefusedWhereItsHeadHasOtherLabels) {
  run("linear_probe");
  const auto complaint = [&](const std::vector<std::string>& labels) {
    try {
      import(labels);
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  EXPECT_NE(complaint({"a", "b", "c"}).find("2 classes, the data 3 labels"), std::string::npos);
  EXPECT_NE(complaint({"delivery", "refund"}).find("answers with refund, delivery"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(out_.path("adapters")));  // nothing was left behind
  // PEFT's own folders do not say what the classes are called: it is told.
  std::filesystem::remove(out_.path("1/prompt.json"));
  const Told told = evaluate(import({"delivery", "refund"}).choice);
  ASSERT_FALSE(told.all<RunStarted>().empty());
  const Json warnings = told.all<RunStarted>().back().environment.at("warnings");
  EXPECT_NE(warnings.items().front().asString().find("refund, delivery, in this order"), std::string::npos);
}

}  // namespace runner_test
}  // namespace attune
