#include "core/report/comparison.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>

#include "core/base/error.h"
#include "tests/support/report_support.h"

namespace attune {
namespace {

using test::fillStore;
using test::InventedStudy;

class ComparisonOfAStudy : public testing::Test {
 protected:
  test::ReportFolder folder_;
  Store store_{folder_.file("p.attune"), OpenMode::kCreateOrOpen};
};

TEST_F(ComparisonOfAStudy, HasTheMajorityFirstAndThenTheStudysOrder) {
  const test::FilledStudy filled = fillStore(store_);
  const Comparison c = Comparison::load(store_, filled.study);
  ASSERT_EQ(c.configurations.size(), 4U);
  EXPECT_EQ(c.configurations[0].method, "majority");
  EXPECT_EQ(c.configurations[0].title, "Always ‘calm’");
  EXPECT_EQ(c.configurations[0].n(), 1);
  EXPECT_EQ(c.configurations[0].cost.trainSeconds, 0);
  EXPECT_EQ(c.configurations[0].slot, 0);
  EXPECT_DOUBLE_EQ(c.configurations[0].mean, 0.6);  // three of five rows are calm
  EXPECT_DOUBLE_EQ(c.configurations[0].validation, 0.6);
  EXPECT_EQ(c.configurations[1].title, "Untuned");
  EXPECT_EQ(c.configurations[2].title, "LoRA");
  EXPECT_EQ(c.configurations[3].title, "Full fine-tuning");
  EXPECT_EQ(c.configurations[3].slot, 3);
  EXPECT_EQ(c.configurations[1].n(), 1);  // not seeded
  EXPECT_EQ(c.configurations[2].n(), 3);
  EXPECT_EQ(c.configurations[2].seeds, (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_EQ(c.pairs.size(), 6U);
  EXPECT_TRUE(c.complete);
  EXPECT_EQ(c.testOpenings, 1);
}

TEST_F(ComparisonOfAStudy, CountsWhatThePredictionsSay) {
  const test::FilledStudy filled = fillStore(store_);
  const Comparison c = Comparison::load(store_, filled.study);
  const Configuration& lora = c.configurations[2];
  double sum = 0;
  for (std::size_t k = 0; k < 3; ++k) {
    const attune::Run run = store_.run(lora.runs[k]);
    EXPECT_DOUBLE_EQ(lora.accuracies[k], run.scores.at("test.accuracy"));
    sum += lora.accuracies[k];
  }
  EXPECT_DOUBLE_EQ(lora.mean, sum / 3);
  EXPECT_LT(lora.low, lora.mean);
  EXPECT_GT(lora.high, lora.mean);
  EXPECT_GT(lora.spread, 0);
  EXPECT_EQ(lora.cost.storedBytes, 1'200'000);
  EXPECT_EQ(lora.cost.peakBytes, 900'000'000);
  EXPECT_DOUBLE_EQ(lora.validation, 0.9);
  const ConfigurationPair* pair = c.pair(2, 3);
  ASSERT_NE(pair, nullptr);
  EXPECT_EQ(pair, c.pair(3, 2));
  EXPECT_EQ(pair->onlyA + pair->onlyB + pair->bothRight + pair->bothWrong, 60);
  EXPECT_DOUBLE_EQ(pair->difference.mean, lora.mean - c.configurations[3].mean);
  EXPECT_EQ(pair->mcnemarP, mcnemarExact(pair->onlyA, pair->onlyB));
  EXPECT_LE(pair->corrected.low, pair->difference.interval.low);
  EXPECT_GE(pair->corrected.high, pair->difference.interval.high);
  EXPECT_GE(pair->adjustedP, pair->difference.p);
}

TEST_F(ComparisonOfAStudy, UsesWilsonForOneSeed) {
  const test::FilledStudy filled = fillStore(store_);
  const Comparison c = Comparison::load(store_, filled.study);
  const Configuration& untuned = c.configurations[1];
  const Interval expected = wilson(std::llround(untuned.mean * 60), 60);
  EXPECT_DOUBLE_EQ(untuned.low, expected.low);
  EXPECT_DOUBLE_EQ(untuned.high, expected.high);
}

TEST_F(ComparisonOfAStudy, IsTheSameWhenLoadedAgain) {
  const test::FilledStudy filled = fillStore(store_);
  const auto json = [&] {
    return comparisonToJson(Comparison::load(store_, filled.study), store_.runs(filled.study)).dump();
  };
  EXPECT_EQ(json(), json());
}

TEST_F(ComparisonOfAStudy, BeforeTheFirstResultHasOnlyTheMajority) {
  const test::FilledStudy filled = fillStore(store_, {}, {0, 1, 2, 3, 4, 5, 6});
  const Comparison c = Comparison::load(store_, filled.study);
  EXPECT_EQ(c.configurations.size(), 1U);
  EXPECT_TRUE(c.pairs.empty());
  EXPECT_FALSE(c.complete);
  EXPECT_NE(c.verdict.text.find("Provisional"), std::string::npos);
}

TEST_F(ComparisonOfAStudy, MarksWhatIsNotYetDoneAndNamesWhatFailed) {
  // Runs: untuned, LoRA, full (seed 1), LoRA, full (seed 2), LoRA, full (seed 3).
  const test::FilledStudy filled = fillStore(store_, {}, {5, 6});
  ASSERT_TRUE(store_.claim(filled.runs[6], RunOwner::thisProcess()));
  store_.apply(filled.runs[6], RunFailed{"internal", "the memory was not enough", ""});
  const Comparison c = Comparison::load(store_, filled.study);
  EXPECT_TRUE(c.configurations[2].provisional);
  EXPECT_EQ(c.configurations[2].n(), 2);
  EXPECT_EQ(c.configurations[2].unfinished, std::vector<RunId>{filled.runs[5]});
  EXPECT_FALSE(c.configurations[3].provisional);
  ASSERT_EQ(c.failed.size(), 1U);
  EXPECT_EQ(c.failed[0].id, filled.runs[6]);
  EXPECT_FALSE(c.complete);
  bool named = false;
  for (const std::string& flag : c.verdict.flags)
    named |= flag.starts_with("Full fine-tuning, seed 3 has no result (failed)");
  EXPECT_TRUE(named);
}

TEST_F(ComparisonOfAStudy, UsesTheMajorityRunOfTheStudyWhenThereIsOne) {
  InventedStudy invented;
  invented.methods.push_back({"majority", "Most frequent label", 0.6, false, 0, 0, 0});
  const test::FilledStudy filled = fillStore(store_, invented);
  const Comparison c = Comparison::load(store_, filled.study);
  ASSERT_EQ(c.configurations.size(), 4U);
  EXPECT_EQ(c.configurations[0].title, "Most frequent label");
  EXPECT_TRUE(static_cast<bool>(c.configurations[0].runs[0]));
}

TEST_F(ComparisonOfAStudy, RefusesRunsThatWereNotScoredOnTheSameExamples) {
  const test::FilledStudy filled = fillStore(store_, {}, {0});
  store_.claim(filled.runs[0], RunOwner::thisProcess());
  store_.apply(filled.runs[0], RunPredicted{kTestSplit, {{60, 0, 0, {0.5F, 0.5F}}}});
  store_.apply(filled.runs[0], RunFinished{RunState::kFinished, "", {}});
  try {
    Comparison::load(store_, filled.study);
    FAIL() << "not refused";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kIncomparable);
    EXPECT_NE(std::string(error.what()).find("(untuned, seed 1) answered 1 test examples and not the 60"),
              std::string::npos)
        << error.what();
  }
}

TEST_F(ComparisonOfAStudy, RefusesRunsOnAnotherBase) {
  for (const auto& [name, said] : {std::pair{"another", "'another' and not 'bundled'"},
                                   {"bundled", "'bundled' when its files were others"}}) {
    InventedStudy invented;
    invented.dataset = name;
    invented.testRows = name == std::string("another") ? 60 : 50;
    const test::FilledStudy filled = fillStore(store_, invented);
    std::vector<RunSpec> specs = expand(store_.study(filled.study));
    specs[0].base = {name, "other", "f00"};
    store_.addRuns(filled.study, {specs[0]});
    try {
      Comparison::load(store_, filled.study);
      FAIL() << "not refused";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kIncomparable);
      EXPECT_NE(std::string(error.what()).find(said), std::string::npos) << error.what();
    }
  }
}

TEST_F(ComparisonOfAStudy, JsonHasTheKeysOfTheContract) {
  const test::FilledStudy filled = fillStore(store_);
  const Json json = comparisonToJson(Comparison::load(store_, filled.study), store_.runs(filled.study));
  EXPECT_FALSE(json.has("schema"));
  EXPECT_EQ(json.at("study").at("id").asInt(), filled.study.value);
  EXPECT_EQ(json.at("study").at("name").asString(), "Invented");
  ASSERT_EQ(json.at("runs").items().size(), 7U);
  for (const char* key : {"id", "method", "seed", "state", "reason", "scores", "trainable_parameters",
                          "stored_bytes", "train_seconds", "peak_bytes", "tokens_per_second", "spec"})
    EXPECT_TRUE(json.at("runs").items()[1].has(key)) << key;
  EXPECT_EQ(json.at("runs").items()[1].at("state").asString(), "finished");
  EXPECT_TRUE(json.at("runs").items()[1].at("scores").has("test.accuracy"));
  for (const char* key : {"method", "title", "n", "mean", "low", "high"})
    EXPECT_TRUE(json.at("configurations").items()[0].has(key)) << key;
  const Json& pair = json.at("pairs").items()[0];
  for (const char* key : {"a", "b", "difference", "low", "high", "p", "word"})
    EXPECT_TRUE(pair.has(key)) << key;
  EXPECT_EQ(pair.at("a").asString(), "Always ‘calm’");
  EXPECT_EQ(pair.at("b").asString(), "Untuned");
  for (const char* key : {"text", "best", "recommended", "confidence", "flags"})
    EXPECT_TRUE(json.at("verdict").has(key)) << key;
  EXPECT_EQ(json.at("verdict").at("recommended").asString(), "LoRA");
}

TEST(CompareConfigurations, EightMethodsOfFiveSeedsAndTwoThousandExamplesTakeLittleTime) {
  Random random(Seed{23});
  std::vector<Configuration> all;
  for (int c = 0; c < 8; ++c) {
    Outcomes outcomes(5);
    for (auto& row : outcomes)
      for (int i = 0; i < 2000; ++i) row.push_back(random.uniform() < 0.7 + 0.02 * c ? 1 : 0);
    all.push_back(test::byHand(c == 0 ? "majority" : "lora", "m" + std::to_string(c), outcomes, 1000, 1));
  }
  const auto start = std::chrono::steady_clock::now();
  const Comparison c = test::compareByHand(std::move(all));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  EXPECT_EQ(c.pairs.size(), 28U);
  RecordProperty("seconds", std::to_string(static_cast<int>(seconds * 1000)) + " ms");
  EXPECT_LT(seconds, 30)
      << "about 1 s is normal; an order of magnitude is allowed for slow or instrumented builds";
}

TEST(MacroF1, EqualsTheExampleByHand) {
  // Label 0: 2 hits, asked 3, answered 2: 0.8. Label 1: 1 hit, asked 1, answered 2: 2/3.
  EXPECT_NEAR(macroF1({0, 0, 0, 1}, {0, 0, 1, 1}), (0.8 + 2.0 / 3) / 2, 1e-12);
  // A label that is only answered counts with 0.
  EXPECT_NEAR(macroF1({0, 0}, {0, 2}), (2.0 / 3) / 2, 1e-12);
}

TEST(MajorityVote, GoesToTheMostFrequentAnswerAndThenTheLowestLabel) {
  Configuration c;
  c.predicted = {{1, 2}, {1, 0}, {0, 2}, {2, 0}};
  c.outcomes = {{1, 0}, {1, 1}, {0, 0}, {0, 1}};
  EXPECT_EQ(majorityVote(c, 0).label, 1);
  EXPECT_EQ(majorityVote(c, 0).votes, 2);
  EXPECT_EQ(majorityVote(c, 1).label, 0);
  EXPECT_FALSE(majorityRight(c, 0));  // two of four are not more than half
}

}  // namespace
}  // namespace attune
