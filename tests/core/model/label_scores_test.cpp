#include "core/model/label_scores.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include "core/method/tuned_model.h"
#include "core/model/catalog.h"
#include "tests/support/shared.h"
#include "tests/support/tiny_model.h"

namespace attune {
namespace label_scores_test {

// More labels than are scored at once, of one to three tokens; the first tokens do not tell them apart.
LabelTokens manyLabels() {
  LabelTokens labels;
  for (std::int64_t i = 0; i < 70; ++i) {
    labels.ids.push_back({4 + i % 7});
    for (std::int64_t k = 0; k < i % 3; ++k) labels.ids.back().push_back(5 + (i + k) % 11);
  }
  return labels;
}

// Word by word and prompt by prompt, without a cache.
at::Tensor oneByOne(const LanguageModel& model, const std::vector<std::vector<std::int64_t>>& prompts,
                    const LabelTokens& labels) {
  std::vector<at::Tensor> scores;
  for (const auto& prompt : prompts)
    for (const auto& word : labels.ids) scores.push_back(answerLogLikelihoods(model, {prompt}, {word}));
  return at::cat(scores).view({static_cast<std::int64_t>(prompts.size()), -1});
}

const std::vector<std::vector<std::int64_t>> kPrompts{
    {1, 5, 9, 12, 3, 17}, {1, 7}, {1, 9, 9, 2, 8, 14, 6, 11, 3, 20, 13}};

TEST(LabelScores, OfManyLongLabelsAreTheirLogLikelihoods) {
  const c10::NoGradGuard noGrad;
  const LabelTokens labels = manyLabels();
  for (const Layout layout : {Layout::kDecoder, Layout::kEncoderDecoder}) {
    const TunedModel model(tinyModel(7, layout));
    EXPECT_LT(
        (labelScores(model, kPrompts, labels) - oneByOne(model, kPrompts, labels)).abs().max().item<double>(),
        1e-4);
  }
}

// Prompts that begin alike give the same scores when the beginning is read once.
TEST(LabelScores, AreTheSameBehindASharedBeginning) {
  const c10::NoGradGuard noGrad;
  const TunedModel model(tinyModel(7));
  std::vector<std::int64_t> start{1};
  for (std::int64_t i = 0; i < 20; ++i) start.push_back(4 + (i * 7) % 30);
  std::vector<std::vector<std::int64_t>> whole, rest{{5, 9}, {7}, {9, 9, 2, 8, 14}};
  std::vector<const std::vector<std::int64_t>*> all;
  for (const auto& end : rest) {
    whole.push_back(start);
    whole.back().insert(whole.back().end(), end.begin(), end.end());
  }
  for (const auto& prompt : whole) all.push_back(&prompt);
  const SharedBeginning beginning = readBeginning(model, all);
  ASSERT_EQ(beginning.tokens, 21);
  for (const LabelTokens& labels : {manyLabels(), LabelTokens{{{31}, {32}, {33}}}})
    EXPECT_LT((labelScores(model, rest, labels, beginning) - labelScores(model, whole, labels))
                  .abs()
                  .max()
                  .item<double>(),
              1e-4);
  // Nothing in common, or too little.
  EXPECT_EQ(readBeginning(model, {&rest[0], &rest[1]}).tokens, 0);
}

// A window counts tokens, not the padding between a short prompt and its label.
TEST(LabelScores, SeeThroughASlidingWindowAsPlainTextDoes) {
  ATTUNE_NEEDS_FIXTURE(fixture("models/mistral"));
  const c10::NoGradGuard noGrad;
  std::vector<Diagnostic> warnings;
  const TunedModel model(openModel(fixture("models/mistral/model").string(), warnings));
  ASSERT_GT(model.base().config().slidingWindow, 0);
  const LabelTokens labels = manyLabels();
  EXPECT_LT(
      (labelScores(model, kPrompts, labels) - oneByOne(model, kPrompts, labels)).abs().max().item<double>(),
      1e-4);
}

}  // namespace label_scores_test
}  // namespace attune
