#include "core/report/claims.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/report_support.h"

namespace attune {
namespace {

using test::byHand;
using test::compareByHand;
using test::firstRight;

struct Invented {
  Comparison comparison;
  std::vector<Run> runs;
};

// Full fine-tuning and soft prompts with three seeds each of 400 items; training times of the seeds.
Invented invent(const std::vector<std::pair<std::size_t, std::vector<double>>>& prompts) {
  std::vector<Configuration> all{byHand("majority", "Always", {firstRight(400, 100)}),
                                 byHand("full", "Full", Outcomes(3, firstRight(400, 360)), 60'000'000, 100)};
  for (std::size_t k = 0; k < prompts.size(); ++k)
    all.push_back(byHand("prompt_tuning", "Prompt " + std::to_string(k),
                         Outcomes(3, firstRight(400, prompts[k].first)), 5000, prompts[k].second[0]));
  Invented invented{compareByHand(std::move(all)), {}};
  std::int64_t id = 1;
  const auto give = [&](std::size_t c, const std::vector<double>& seconds) {
    Configuration& configuration = invented.comparison.configurations[c];
    for (std::size_t s = 0; s < 3; ++s) {
      Run run;
      run.id = configuration.runs[s] = RunId{id++};
      run.cost.trainSeconds = seconds[s];
      run.cost.secondsPerPrediction = (c == 1 ? 0.001 : 0.002) * (1 + 0.01 * static_cast<double>(s));
      run.cost.trainableParameters = 5000;
      run.cost.steps = 100;
      invented.runs.push_back(run);
    }
    configuration.cost.secondsPerPrediction = c == 1 ? 0.001 : 0.002;
    configuration.cost.promptTokensPerRequest = c == 1 ? 0 : 20;
    configuration.cost.storedBytes = c == 1 ? 240'000'000 : 40'000;
  };
  give(1, {100, 100, 110});
  for (std::size_t k = 0; k < prompts.size(); ++k) {
    give(2 + k, prompts[k].second);
    invented.comparison.study.methods[2 + k].params.set("num_virtual_tokens", std::int64_t{20});
  }
  return invented;
}

std::vector<ClaimWord> words(const Invented& invented) {
  std::vector<ClaimWord> words;
  for (const Claim& claim : claimsOf(invented.comparison, invented.runs)) words.push_back(claim.word);
  return words;
}

TEST(Claims, AreWordedFromTheNumbers) {
  const Invented invented = invent({{300, {50, 50, 55}}});
  const std::vector<Claim> claims = claimsOf(invented.comparison, invented.runs);
  ASSERT_EQ(claims.size(), 5U);
  EXPECT_EQ(claims[0].name + " " + claimWordName(claims[0].word), "accuracy supported");
  EXPECT_TRUE(claims[0].effect.starts_with("Full minus Prompt 0: +15.0 points (")) << claims[0].effect;
  // log(100·100·110)/3 - log(50·50·55)/3 = log 2.
  EXPECT_EQ(claims[1].name + " " + claimWordName(claims[1].word), "training_cost supported");
  EXPECT_NE(claims[1].effect.find("takes 2.00 times its time"), std::string::npos) << claims[1].effect;
  // 240 MB of base against 239.96 MB saved a task: from the second task on.
  EXPECT_EQ(claims[2].name + " " + claimWordName(claims[2].word), "storage supported");
  EXPECT_NE(claims[2].effect.find("it pays from 2 tasks on"), std::string::npos) << claims[2].effect;
  // No seed differs from another.
  EXPECT_EQ(claims[3].name + " " + claimWordName(claims[3].word), "consistency not_settled");
  EXPECT_EQ(claims[4].name + " " + claimWordName(claims[4].word), "query_cost supported");
  EXPECT_NE(claims[4].effect.find(
                "takes 2.00 times as long for an answer (95 %: 1.96 to 2.05) and carries 20 tokens more"),
            std::string::npos)
      << claims[4].effect;
}

TEST(Claims, DependWhereSoftPromptsDiffer) {
  EXPECT_EQ(words(invent({{300, {50, 50, 55}}, {395, {300, 310, 290}}})),
            (std::vector<ClaimWord>{ClaimWord::kDepends, ClaimWord::kDepends, ClaimWord::kSupported,
                                    ClaimWord::kNotSettled, ClaimWord::kSupported}));
}

TEST(Claims, AreNotSettledByTooLittle) {
  // Four items of 400 apart; times of seeds that overlap.
  const auto found = words(invent({{356, {40, 100, 250}}}));
  EXPECT_NE(found[0], ClaimWord::kSupported);
  EXPECT_EQ(found[1], ClaimWord::kNotSettled);
}

// A machine that had other work makes times that say little: of one run each 1.3 times settles nothing, and
// three times does.
TEST(Claims, TimesOfOneRunAreTakenToVary) {
  for (const double ratio : {1.3, 3.0}) {
    Invented invented = invent({{300, {50, 50, 55}}});
    for (std::size_t c : {1U, 2U}) {
      Configuration& configuration = invented.comparison.configurations[c];
      configuration.runs.resize(1);
      for (attune::Run& run : invented.runs)
        if (run.id == configuration.runs.front()) {
          run.cost.secondsPerPrediction = c == 2 ? 0.001 * ratio : 0.001;
          run.cost.trainSeconds = c == 1 ? 10 * ratio : 10;
        }
    }
    const std::vector<Claim> claims = claimsOf(invented.comparison, invented.runs);
    for (const std::size_t k : {1U, 4U})
      EXPECT_EQ(claims[k].word, ratio < 2 ? ClaimWord::kNotSettled : ClaimWord::kSupported)
          << claims[k].effect;
    // 3 · exp(±1.96 · √2 · 0.25)
    if (ratio > 2) EXPECT_NEAR(claims[1].number.low, 3 * std::exp(-1.96 * std::sqrt(2) * 0.25), 0.01);
  }
}

TEST(Claims, SayWhatWouldMeasureThem) {
  const Invented none = invent({});
  for (const Claim& claim : claimsOf(none.comparison, none.runs)) {
    EXPECT_EQ(claim.word, ClaimWord::kNotMeasured);
    EXPECT_NE(claim.effect.find("to measure it"), std::string::npos);
  }
}

// Seeds two and three of the prompt answer the items 0 … 79 otherwise than seed one: two of three pairs
// disagree on a fifth of the items.
TEST(Claims, ConsistencyCountsPairsOfSeeds) {
  Invented invented = invent({{400, {50, 50, 55}}});
  auto& predicted = invented.comparison.configurations[2].predicted;
  for (std::size_t s : {1U, 2U})
    for (std::size_t i = 0; i < 80; ++i) predicted[s][i] = 1;
  const std::vector<Claim> claims = claimsOf(invented.comparison, invented.runs);
  EXPECT_EQ(claims[3].word, ClaimWord::kSupported);
  EXPECT_NE(claims[3].effect.find("disagree on 13.3 % of the examples, Full on 0.0 %"), std::string::npos)
      << claims[3].effect;
}

// Two forms of each of a hundred texts; the prompt answers both of the first forty otherwise, full
// fine-tuning one of them.
TEST(Claims, ConsistencyCountsTextsPutOtherwise) {
  Invented invented = invent({{400, {50, 50, 55}}});
  invented.comparison.study.conditions.asksParaphrases = true;
  const RunId prompt = invented.comparison.configurations[2].runs.front();
  const AnswersOf answers = [&](RunId run, const std::string& prefix) {
    EXPECT_EQ(prefix, "paraphrase:");
    const std::size_t c = run.value >= prompt.value ? 2 : 1;
    std::vector<std::vector<Prediction>> forms(2);
    for (std::size_t form = 0; form < 2; ++form)
      for (std::size_t i = 0; i < 100; ++i) {
        const std::int64_t own = invented.comparison.configurations[c].predicted.front()[i];
        const bool turns = i < 40 && (c == 2 || form == 1);
        forms[form].push_back({invented.comparison.testItems[i].row, own, turns ? own + 1 : own});
      }
    return forms;
  };
  const std::vector<Claim> claims = claimsOf(invented.comparison, invented.runs, answers);
  const std::string& effect = claims[3].effect;
  EXPECT_NE(effect.find("Texts put otherwise in 2 ways: Prompt 0 answers 40.0 % differently"),
            std::string::npos)
      << effect;
  EXPECT_NE(effect.find("Full 20.0 % (equal and right 80.0 %"), std::string::npos) << effect;
  // Nobody is asked where the runs were not.
  invented.comparison.study.conditions = {};
  EXPECT_EQ(claimsOf(invented.comparison, invented.runs, answers)[3].effect.find("put otherwise"),
            std::string::npos);
}

}  // namespace
}  // namespace attune
