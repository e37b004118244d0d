#include "core/report/verdict.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/support/report_support.h"

namespace attune {
namespace {

using test::byHand;
using test::compareByHand;
using test::firstRight;

TEST(JudgePair, AClearGapThatMattersIsBetterOrWorse) {
  EXPECT_EQ(judgePair({.difference = 0.05, .low = 0.02, .high = 0.08}), PairWord::kBetter);
  EXPECT_EQ(judgePair({.difference = -0.05, .low = -0.08, .high = -0.02}), PairWord::kWorse);
}

TEST(JudgePair, AClearGapThatDoesNotMatterIsNoDifference) {
  EXPECT_EQ(judgePair({.difference = 0.005, .low = 0.001, .high = 0.02}), PairWord::kNoClearDifference);
  EXPECT_EQ(judgePair({.difference = -0.01, .low = -0.02, .high = -0.001}), PairWord::kNoClearDifference);
}

TEST(JudgePair, AnIntervalWithinTheGapIsNoDifferenceWhateverThePower) {
  EXPECT_EQ(judgePair({.difference = 0, .low = -0.008, .high = 0.009, .detectableGap = 0.5}),
            PairWord::kNoClearDifference);
}

TEST(JudgePair, ZeroInsideIsJudgedByThePower) {
  const PairNumbers wide{.difference = 0.01, .low = -0.02, .high = 0.04, .smallestGap = 0.03};
  PairNumbers strong = wide;
  strong.detectableGap = 0.03;
  EXPECT_EQ(judgePair(strong), PairWord::kNoClearDifference);
  PairNumbers weak = wide;
  weak.detectableGap = 0.031;
  EXPECT_EQ(judgePair(weak), PairWord::kNotEnoughData);
}

TEST(JudgePair, AnIntervalThatTouchesZeroIncludesIt) {
  EXPECT_EQ(judgePair({.difference = 0.05, .low = 0, .high = 0.1, .detectableGap = 0.06}),
            PairWord::kNotEnoughData);
}

TEST(JudgePair, NamesAreThoseOfTheCommandLine) {
  EXPECT_STREQ(pairWordName(PairWord::kBetter), "better");
  EXPECT_STREQ(pairWordName(PairWord::kWorse), "worse");
  EXPECT_STREQ(pairWordName(PairWord::kNoClearDifference), "no_clear_difference");
  EXPECT_STREQ(pairWordName(PairWord::kNotEnoughData), "not_enough_data");
}

Configuration majority(std::size_t items, std::size_t right) {
  return byHand("majority", "Always ‘calm’", {firstRight(items, right)});
}

TEST(Verdict, RecommendsTheCheaperOfTwoThatCannotBeTold) {
  const Comparison c =
      compareByHand({majority(200, 102), byHand("untuned", "Untuned", {firstRight(200, 124)}),
                     byHand("lora", "LoRA", {firstRight(200, 183, 3)}, 290'000, 182),
                     byHand("full", "Full fine-tuning", {firstRight(200, 185)}, 60'500'000, 370)});
  EXPECT_EQ(c.verdict.best, "Full fine-tuning");
  EXPECT_EQ(c.verdict.recommended, "LoRA");
  EXPECT_TRUE(c.verdict.text.starts_with(
      "LoRA is the best buy. It answers 183 of 200 test examples correctly; Full fine-tuning 185. "
      "That gap of 2 may be luck (95 %: −"))
      << c.verdict.text;
  EXPECT_NE(
      c.verdict.text.find("LoRA trains 290 k numbers (0.5 % of the model) in 3:02 min; Full fine-tuning "
                          "60.5 M in 6:10 min."),
      std::string::npos)
      << c.verdict.text;
  EXPECT_NE(c.verdict.text.find("Tuning helps: 59 more right answers than the untuned model"),
            std::string::npos)
      << c.verdict.text;
  EXPECT_NE(c.verdict.text.find("Training luck was not measured"), std::string::npos);
  for (const VerdictSentence& sentence : c.verdict.sentences)
    EXPECT_FALSE(sentence.why.empty()) << sentence.text;
}

TEST(Verdict, SaysWhenTheBestIsClearlyTheBest) {
  const Comparison c =
      compareByHand({majority(400, 200), byHand("untuned", "Untuned", {firstRight(400, 240)}),
                     byHand("lora", "LoRA", {firstRight(400, 380)}, 290'000, 182)});
  EXPECT_EQ(c.word(2, 1), PairWord::kBetter);
  EXPECT_EQ(c.word(1, 2), PairWord::kWorse);
  EXPECT_EQ(c.verdict.recommended, "LoRA");
  EXPECT_NE(c.verdict.text.find("That gap of 140 is unlikely to be luck"), std::string::npos)
      << c.verdict.text;
}

TEST(Verdict, NeverRecommendsTheMajorityClassAndSaysWhenNothingBeatsIt) {
  const Comparison c =
      compareByHand({majority(200, 120), byHand("untuned", "Untuned", {firstRight(200, 118, 60)}),
                     byHand("lora", "LoRA", {firstRight(200, 125, 5)}, 290'000, 182)});
  EXPECT_EQ(c.verdict.best, "LoRA");
  EXPECT_EQ(c.verdict.recommended, "Untuned");
  EXPECT_TRUE(
      c.verdict.text.starts_with("No method is clearly better than giving every text the same answer "
                                 "(Always ‘calm’: 120 of 200 test examples)."))
      << c.verdict.text;
}

TEST(Verdict, RecommendsNothingWhenTheMajorityClassIsClearlyBetter) {
  const Comparison c =
      compareByHand({majority(400, 380), byHand("lora", "LoRA", {firstRight(400, 200)}, 290'000, 182)});
  EXPECT_EQ(c.verdict.best, "Always ‘calm’");
  EXPECT_EQ(c.verdict.recommended, "");
  EXPECT_TRUE(c.verdict.text.starts_with("Nothing that was tried is worth using")) << c.verdict.text;
}

TEST(Verdict, SaysHonestlyThatBagOfWordsIsEnough) {
  const Comparison c = compareByHand(
      {majority(400, 200), byHand("bag_of_words", "Bag of words", {firstRight(400, 372, 2)}, 9000, 0.1),
       byHand("lora", "LoRA", {firstRight(400, 374)}, 290'000, 182)});
  EXPECT_EQ(c.verdict.recommended, "Bag of words");
  EXPECT_TRUE(c.verdict.text.starts_with("Bag of words, which uses no language model, is the best buy."))
      << c.verdict.text;
}

TEST(Verdict, NamesBagOfWordsWhenItDoesAsWellAsTheBest) {
  const Comparison c =
      compareByHand({majority(400, 200), byHand("lora", "LoRA", Outcomes(3, firstRight(400, 372)), 9000, 182),
                     byHand("bag_of_words", "Bag of words", {firstRight(400, 372)}, 50'000, 0.1)});
  EXPECT_EQ(c.verdict.recommended, "LoRA");
  EXPECT_NE(c.verdict.text.find("Bag of words, which uses no language model, does as well as LoRA."),
            std::string::npos)
      << c.verdict.text;
}

TEST(Verdict, ATieGoesToTheCheaper) {
  const Comparison c =
      compareByHand({majority(400, 200), byHand("full", "Full", {firstRight(400, 372)}, 60'500'000, 100),
                     byHand("lora", "LoRA", {firstRight(400, 372)}, 9000, 182)});
  EXPECT_EQ(c.verdict.best, "LoRA");
  EXPECT_EQ(c.verdict.recommended, "LoRA");
  EXPECT_NE(c.verdict.text.find("Both are right equally often"), std::string::npos) << c.verdict.text;
}

TEST(Verdict, TrainingLuckIsNotTakenForADifference) {
  // Three seeds between 50 and 95 %: their mean is 14 points below, but so could it be by luck.
  const Comparison c = compareByHand(
      {majority(400, 100),
       byHand("prompt_tuning", "Prompt", {firstRight(400, 200), firstRight(400, 360), firstRight(400, 380)},
              9000, 10),
       byHand("lora", "LoRA", {firstRight(400, 372), firstRight(400, 370), firstRight(400, 374)}, 290'000,
              20)});
  EXPECT_EQ(c.word(2, 1), PairWord::kNotEnoughData);
  EXPECT_GT(c.pair(1, 2)->seedError, 0.1);
  EXPECT_LT(c.pair(1, 2)->corrected.low, c.pair(1, 2)->difference.mean - 0.2);
}

// Of 41 examples the prompt alone gets 5 and the untuned model alone none: Newcombe's interval leaves 0 out,
// but McNemar's exact test says p = 2 / 2^5 = 0.0625.
TEST(Verdict, OfOneSeedEachAWordNeedsTheExactTestToo) {
  const Comparison c = compareByHand({byHand("untuned", "Untuned", {firstRight(41, 14)}),
                                      byHand("hand_prompt", "Prompt", {firstRight(41, 19)})});
  EXPECT_GT(c.pair(1, 0)->difference.interval.high * c.pair(1, 0)->difference.interval.low, 0);
  EXPECT_DOUBLE_EQ(c.pair(1, 0)->mcnemarP, 0.0625);
  EXPECT_GE(c.pair(1, 0)->difference.p, 0.0624);
  EXPECT_EQ(c.word(1, 0), PairWord::kNotEnoughData);
  EXPECT_NE(c.verdict.text.find("is probably real, but this data cannot settle it"), std::string::npos)
      << c.verdict.text;
}

TEST(Verdict, OnlyTheMajorityClassMeansNoResultYet) {
  const Comparison c = compareByHand({majority(200, 120)});
  EXPECT_TRUE(c.verdict.text.starts_with("No method has a result yet.")) << c.verdict.text;
  EXPECT_EQ(c.verdict.recommended, "");
  EXPECT_EQ(c.verdict.confidence, "low");
}

TEST(Confidence, FallsOneStepForEachShortcoming) {
  EXPECT_EQ(confidenceOf({}), "high");
  EXPECT_EQ(confidenceOf({{"told", 0}}), "high");
  EXPECT_EQ(confidenceOf({{"one", 1}}), "moderate");
  EXPECT_EQ(confidenceOf({{"one", 1}, {"two", 1}}), "low");
  EXPECT_EQ(confidenceOf({{"serious", 2}}), "low");
}

bool has(const std::vector<VerdictFlag>& flags, const std::string& start) {
  return std::any_of(flags.begin(), flags.end(),
                     [&](const VerdictFlag& f) { return f.text.starts_with(start); });
}

TEST(Flags, NameWhatLowersTheTrust) {
  Comparison c = compareByHand({majority(60, 30), byHand("lora", "LoRA", {firstRight(60, 50)}, 9000, 1)});
  c.dataset.diagnostics =
      Json()
          .push(Json()
                    .set("severity", "warning")
                    .set("rule", "split_overlap")
                    .set("message", "12 texts are shared"))
          .push(Json().set("severity", "warning").set("rule", "rare_label").set("message", "‘a’ has 3 rows"))
          .push(Json().set("severity", "warning").set("rule", "rare_label").set("message", "‘b’ has 4 rows"))
          .push(Json().set("severity", "info").set("rule", "delimiter").set("message", "a comma"));
  c.testOpenings = 3;
  attune::Run failed;
  failed.spec.method = "lora";
  failed.spec.seed = 2;
  failed.state = RunState::kDiverged;
  failed.reason = "the loss is not a number";
  attune::Run stopped;
  stopped.spec.method = "lora";
  stopped.spec.seed = 3;
  stopped.state = RunState::kStopped;
  attune::Run waiting;
  waiting.spec.seed = 4;
  const auto flags = findFlags(c, {failed, stopped, waiting}, {"LoRA"}, 1, 2);
  EXPECT_TRUE(has(flags, "too few test examples: 60"));
  EXPECT_TRUE(has(flags, "in the data: 12 texts are shared"));
  EXPECT_TRUE(has(flags, "in the data: ‘a’ has 3 rows (and 1 more of this kind)"));
  EXPECT_FALSE(has(flags, "delimiter"));
  EXPECT_TRUE(has(flags, "training luck not measured"));
  EXPECT_TRUE(has(flags, "LoRA, seed 2 has no result (diverged): the loss is not a number"));
  EXPECT_TRUE(has(flags, "LoRA, seed 3 was stopped early"));
  EXPECT_TRUE(has(flags, "1 run has not ended"));
  EXPECT_TRUE(has(flags, "still improving when training ended: LoRA"));
  EXPECT_TRUE(has(flags, "test set looked at 3 times"));
}

TEST(Flags, ACleanComparisonHasNone) {
  const auto rows = [](std::size_t right) { return Outcomes(3, firstRight(400, right)); };
  const Comparison c =
      compareByHand({majority(400, 100), byHand("untuned", "Untuned", {firstRight(400, 240)}),
                     byHand("lora", "LoRA", rows(380), 290'000, 182)});
  EXPECT_TRUE(c.verdict.flags.empty()) << c.verdict.flags.front();
  EXPECT_EQ(c.verdict.confidence, "high");
}

TEST(Flags, WhatWasNotTrainedHereIsNotTrusted) {
  Comparison c = compareByHand({majority(400, 100), byHand("untuned", "Untuned", {firstRight(400, 240)}),
                                byHand("lora", "LoRA", Outcomes(3, firstRight(400, 380)), 290'000, 182),
                                byHand("lora", "elsewhere", {firstRight(400, 390)}, 290'000, 0)});
  for (MethodChoice& choice : c.study.methods)
    if (choice.title == "elsewhere") choice.params.set(kAdapterSetting, std::string("adapters/1"));
  const auto weight = [&](std::size_t recommended, std::size_t rival) {
    for (const VerdictFlag& flag : findFlags(c, {}, {}, recommended, rival))
      if (flag.text.starts_with("elsewhere was not trained here")) return flag.weight;
    return -1;
  };
  EXPECT_EQ(weight(2, 3), 2);
  EXPECT_EQ(weight(3, 2), 2);
  EXPECT_EQ(weight(2, 1), 0);
}

TEST(Flags, AMethodThatAlwaysAnswersTheSameIsNamed) {
  Comparison c = compareByHand({majority(200, 100), byHand("lora", "LoRA", {firstRight(200, 200)}, 9000, 1)});
  // Right answers alternate in the test items, the answers do not.
  EXPECT_TRUE(has(findFlags(c, {}, {}, 1, 2), "LoRA collapsed: 1 of 1 seed"));
}

}  // namespace
}  // namespace attune
