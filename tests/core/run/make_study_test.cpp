#include "core/run/make_study.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "core/base/error.h"
#include "core/method/catalog.h"
#include "core/study/study.h"

namespace attune {
namespace make_study_test {

// The kind, sentence and advice of what is thrown, on one line; empty: nothing is.
std::string complaint(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& e) {
    return std::string(errorKindName(e.kind())) + ": " + e.what() + " | " + e.hint();
  }
  return {};
}

void expectComplaint(const std::vector<std::string>& methods, const std::string& preset,
                     const std::vector<std::string>& settings, const std::vector<std::string>& words) {
  const std::string text = complaint([&] { chooseMethods(methods, preset, settings); });
  EXPECT_TRUE(text.starts_with("usage: ")) << text;
  EXPECT_FALSE(text.ends_with("| ")) << "nothing says what to do: " << text;
  for (const std::string& word : words) EXPECT_NE(text.find(word), std::string::npos) << word << ": " << text;
}

StudyRequest request() {
  StudyRequest request;
  request.dataset.name = "messages";
  request.dataset.labels = {"a", "b"};
  request.dataset.hash = "d";
  request.dataset.splitHash = "s";
  request.base.name = "bundled";
  request.base.path = "/some/where";
  request.base.hash = "b";
  request.projectPath = "p.attune";
  request.methods = chooseMethods({"lora", "untuned"}, "quick");
  return request;
}

TEST(ChooseMethods, SaysWhatIsWrongAndWhatWouldBeRight) {
  expectComplaint({"lroa"}, "quick", {}, {"lroa", "lora"});
  expectComplaint({"lora"}, "fast", {}, {"fast", "quick"});
  expectComplaint({"lora"}, "quick", {"nonsense"}, {"nonsense", "METHOD.PARAMETER=VALUE"});
  expectComplaint({"lora"}, "quick", {"lora=3"}, {"lora=3"});
  expectComplaint({"lora"}, "quick", {"learning_rate=1.5"}, {"learning_rate=1.5"});  // the dot is the value's
  expectComplaint({"lora"}, "quick", {"lora.lerning_rate=1"}, {"lerning_rate", "learning_rate"});
  expectComplaint({"lora"}, "quick", {"lora.r=many"}, {"lora.r", "many"});
  expectComplaint({"lora"}, "quick", {"lora.r=0"}, {"lora.r", "0", "1"});
  expectComplaint({"lora"}, "quick", {"lora.learning_rate=nan"}, {"lora.learning_rate", "nan"});
  expectComplaint({"lora"}, "quick", {"lora.learning_rate=1,5"}, {"lora.learning_rate", "1,5"});
  expectComplaint({"lora"}, "quick", {"full.epochs=2"}, {"full.epochs=2", "--methods"});
  expectComplaint({"lora"}, "quick", {"fulll.epochs=2"}, {"fulll", "full"});
  expectComplaint({"majority"}, "quick", {"all.epochs=2"}, {"all.epochs=2"});
}

TEST(ChooseMethods, TakesThemInCatalogOrderAndEachOnce) {
  const auto chosen = chooseMethods({"full", "majority", "lora", "majority"}, "quick");
  std::vector<std::string> names;
  for (const MethodChoice& c : chosen) names.push_back(c.method);
  EXPECT_EQ(names, (std::vector<std::string>{"majority", "lora", "full"}));
  EXPECT_EQ(chooseMethods({"all"}, "quick").size(), methodCatalog().size());
  const auto usual = chooseMethods({}, "quick");
  EXPECT_EQ(usual.size(), 8u);
  for (const MethodChoice& c : usual) EXPECT_TRUE(methodInfo(c.method).usual) << c.method;
}

TEST(ChooseMethods, AnEncoderHasRatesOfItsOwn) {
  const auto rate = [](Layout layout) {
    return chooseMethods({"lora"}, "quick", {}, layout).front().params.getDouble("learning_rate");
  };
  EXPECT_EQ(rate(Layout::kEncoder), methodInfo("lora").encoderRate);
  EXPECT_LT(rate(Layout::kEncoder), rate(Layout::kDecoder));
}

TEST(ChooseMethods, ASettingForAllReachesEveryMethodThatHasIt) {
  const auto chosen =
      chooseMethods({"majority", "lora", "full", "prompt_tuning"}, "quick",
                    {"all.learning_rate=0.125", "full.learning_rate=0.25", "full.learning_rate=0.5"});
  for (const MethodChoice& c : chosen) {
    if (c.method == "majority")
      EXPECT_FALSE(c.params.has("learning_rate"));
    else
      EXPECT_EQ(c.params.getDouble("learning_rate"), c.method == "full" ? 0.5 : 0.125) << c.method;
  }
}

TEST(CuredStudy, HasTheMethodOnceMoreWithTheProposedSetting) {
  const Study study = makeStudy(request());
  const std::vector<RunSpec> runs = expand(study);
  const auto lora =
      std::find_if(runs.begin(), runs.end(), [](const RunSpec& r) { return r.method == "lora"; });
  ASSERT_NE(lora, runs.end());
  const RunFinding finding{"still_rising", "Rising.", "Train longer.", "epochs", "12"};
  const Study cured = curedStudy(study, *lora, finding);
  ASSERT_EQ(cured.methods.size(), study.methods.size() + 1);
  EXPECT_EQ(cured.methods.back().title, "LoRA, epochs 12");
  EXPECT_EQ(cured.methods.back().params.getInt("epochs"), 12);
  EXPECT_TRUE(cured.repeatCommand.ends_with(" --set lora.epochs=12")) << cured.repeatCommand;
  // Its runs are those of before and one more.
  EXPECT_EQ(expand(cured).size(), runs.size() + 1);
  EXPECT_NE(complaint([&] { curedStudy(cured, *lora, finding); }).find("already"), std::string::npos);
  EXPECT_NE(complaint([&] { curedStudy(study, *lora, {"truncated", "Cut.", "Shorten.", "", ""}); }), "");
}

TEST(MakeStudy, RefusesDataWithOneLabel) {
  StudyRequest one = request();
  one.dataset.labels = {"only"};
  const std::string text = complaint([&] { makeStudy(one); });
  EXPECT_TRUE(text.starts_with("invalid_input: ")) << text;
  EXPECT_NE(text.find("messages"), std::string::npos);
}

TEST(MakeStudy, ExpandsToAsManyRunsAsItSays) {
  for (const std::int64_t seeds : {1, 3, 5}) {
    StudyRequest r = request();
    r.methods = chooseMethods({}, "quick");
    r.seeds = seeds;
    const auto specs = expand(makeStudy(r));
    EXPECT_EQ(static_cast<std::int64_t>(specs.size()), countRuns(r.methods, seeds));
    std::set<std::string> keys;
    for (const RunSpec& spec : specs) keys.insert(spec.key());
    EXPECT_EQ(keys.size(), specs.size());
  }
}

// Only what differs from the preset is written, quoted for a shell.
TEST(MakeStudy, TheCommandThatRepeatsItSaysEverythingThatIsNotUsual) {
  StudyRequest r = request();
  r.methods = chooseMethods({"lora"}, "standard", {"lora.r=4", "lora.template=It's {text}?"});
  r.preset = "standard";
  r.seeds = 2;
  r.budget = {100, 64};
  r.smallestGap = 0.05;
  r.dataset.name = "my data";
  r.base.name = "other";
  r.base.path = "/models/other one";
  const std::string command = makeStudy(r).repeatCommand;
  for (const char* part : {"--data 'my data'", "--base '/models/other one'", "--methods lora",
                           "--preset standard", "--seeds 2", "--max-steps 100", "--train-rows 64",
                           "--set lora.r=4", "--set 'lora.template=It'\\''s {text}?'", "--smallest-gap 0.05"})
    EXPECT_NE(command.find(part), std::string::npos) << part << "\n" << command;
  EXPECT_EQ(command.find("learning_rate"), std::string::npos) << command;
}

TEST(MakeStudy, ARankingIsAskedAgainOnTheSameData) {
  Study study;
  study.id = {3};
  study.datasetHash = "old";
  study.splitHash = "old";
  study.base.hash = "base";
  study.arm = {"fragility", "g", "", 0, false};
  study.methods = chooseMethods({"lora"}, "quick");
  DatasetRecord dataset;
  dataset.id = {7};
  dataset.hash = "new";
  dataset.splitHash = "newer";
  const Study again = comparableStudy(study, dataset);
  EXPECT_FALSE(again.id);
  EXPECT_TRUE(again.arm.experiment.empty());
  for (const RunSpec& spec : expand(again)) {
    EXPECT_EQ(spec.datasetHash, "new");
    EXPECT_EQ(spec.splitHash, "newer");
    EXPECT_EQ(spec.base.hash, "base");
  }
}

}  // namespace make_study_test
}  // namespace attune
