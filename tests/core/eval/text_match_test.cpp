#include "core/eval/text_match.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/eval/evaluator.h"
#include "core/eval/metric.h"

// Worked by hand; exact.
namespace attune {
namespace text_match_test {

TEST(TextMatch, NormalisesAsSquadDoes) {
  EXPECT_EQ(squadNormalised("  The  U.S.A., an\tanswer! "), "usa answer");
  EXPECT_EQ(squadNormalised("Theory of a man"), "theory of man");  // only whole words go
  EXPECT_EQ(squadNormalised("\xC3\x84pfel"), "\xC3\xA4pfel");
  EXPECT_EQ(squadNormalised("a"), "");
  EXPECT_EQ(squadNormalised(""), "");
}

TEST(TextMatch, ExactMatchIsEqualityAfterThat) {
  EXPECT_TRUE(exactMatch("The Beatles.", "beatles"));
  EXPECT_FALSE(exactMatch("beatle", "beatles"));
  EXPECT_TRUE(exactMatch("the", ""));
}

TEST(TextMatch, TokenF1CountsCommonWords) {
  // "cat sat on mat" against "cat is on mat": 3 words in common, 4 on either side.
  EXPECT_DOUBLE_EQ(tokenF1("the cat sat on the mat", "the cat is on the mat"), 0.75);
  // "b b" against "b c c": 1 in common, P = 1/2, R = 1/3, F = 2/5.
  EXPECT_DOUBLE_EQ(tokenF1("b b", "b c c"), 0.4);
  EXPECT_DOUBLE_EQ(tokenF1("x", "y"), 0);
  EXPECT_DOUBLE_EQ(tokenF1("", "y"), 0);
  EXPECT_DOUBLE_EQ(tokenF1("the", "a"), 1);  // both empty
}

TEST(TextMatch, RougeLFollowsTheLongestCommonSubsequence) {
  // the cat . on the mat: 5 of 6 on either side.
  EXPECT_NEAR(rougeL("the cat sat on the mat", "the cat is on the mat"), 5.0 / 6, 1e-12);
  // police kill the gunman / police killed the gunman: police, the, gunman: 3 of 4 (Lin 2004's first
  // example).
  EXPECT_NEAR(rougeL("police kill the gunman", "police killed the gunman"), 0.75, 1e-12);
  // the gunman kill police / police killed the gunman: the gunman: 2 of 4 (Lin 2004's second).
  EXPECT_NEAR(rougeL("the gunman kill police", "police killed the gunman"), 0.5, 1e-12);
  EXPECT_DOUBLE_EQ(rougeL("Don't!", "don t"), 1);
  EXPECT_DOUBLE_EQ(rougeL("", "x"), 0);
  EXPECT_DOUBLE_EQ(rougeL("", ""), 0);
  EXPECT_DOUBLE_EQ(rougeL("\xE4\xBD\xA0", "\xE4\xBD\xA0"), 0);  // sees no other alphabet
}

TEST(AnswerMetrics, AreMeansOverTheExamples) {
  const std::vector<std::string> labels{"the cat is on the mat", "42"};
  std::vector<Prediction> answers(2);
  answers[0] = {0, 0, -1, {}, "the cat sat on the mat", -std::log(8.0), 3};
  answers[1] = {1, 1, 1, {}, "42.", 0, 1};
  const auto scores = scorePredictions(answers, labels, true);
  EXPECT_DOUBLE_EQ(scores.at("accuracy"), 0.5);
  EXPECT_DOUBLE_EQ(scores.at("exact_match"), 0.5);
  EXPECT_DOUBLE_EQ(scores.at("token_f1"), (0.75 + 1) / 2);
  EXPECT_NEAR(scores.at("rouge_l"), (5.0 / 6 + 1) / 2, 1e-12);
  EXPECT_NEAR(scores.at("perplexity"), std::pow(8.0, 1.0 / 4), 1e-12);  // log 8 nats over 4 tokens
  EXPECT_FALSE(scores.contains("macro_f1"));
}

}  // namespace text_match_test
}  // namespace attune
