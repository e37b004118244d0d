#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/model/base_model.h"

// Classification by the likelihood of label words, or by a head. Training and evaluation both use this, so
// that they can never mean different things.
namespace attune {

// Token ids of each label's word, as they follow a prompt.
struct LabelTokens {
  std::vector<std::vector<std::int64_t>> ids;

  // The first tokens of all labels differ: then they alone decide, at the cost of one pass.
  bool firstTokensDiffer() const;
};

// What all of some prompts begin with (instructions, examples), read once: what the model remembers of it.
struct SharedBeginning {
  DecoderCache memory;
  std::int64_t tokens = 0;  // 0: nothing is shared, or too little to be worth it
};
// Of a decoder that answers in words. No gradients.
SharedBeginning readBeginning(const LanguageModel& model,
                              const std::vector<const std::vector<std::int64_t>*>& prompts);

// Scores [batch, labels] of the labels after each prompt; gradients flow. A model with a classification head
// answers by its logits, and the words play no part. Else, where the first tokens differ, these are the
// logits of the first tokens (log-likelihoods up to a constant of the row); else the log-likelihoods of the
// whole words (sum over tokens, softmax over the vocabulary). An encoder-decoder reads the prompt and is
// asked for the word alone.
// With a beginning the prompts are what follows it.
at::Tensor labelScores(const LanguageModel& model, const std::vector<std::vector<std::int64_t>>& prompts,
                       const LabelTokens& labels, const SharedBeginning& beginning = {});

// Training loss, a scalar, in nats. With a head, or where the first tokens differ: cross entropy over the
// labels, mean over the examples. Else: negative log-likelihood of the right word's tokens over the whole
// vocabulary, mean over tokens. Nothing but label positions enters.
at::Tensor labelLoss(const LanguageModel& model, const std::vector<std::vector<std::int64_t>>& prompts,
                     const std::vector<std::int64_t>& right, const LabelTokens& labels);

// How many terms that mean is over, which adds the parts of a batch up.
std::int64_t lossTerms(const LanguageModel& model, const std::vector<std::int64_t>& right,
                       const LabelTokens& labels);

// Log-likelihoods [rows] of free answers after their prompts: the sum over the answer's tokens, in nats.
// Every answer has at least one token.
at::Tensor answerLogLikelihoods(const LanguageModel& model,
                                const std::vector<std::vector<std::int64_t>>& prompts,
                                const std::vector<std::vector<std::int64_t>>& answers);

// Training loss of free answers: negative log-likelihood, mean over their tokens.
at::Tensor answerLoss(const LanguageModel& model, const std::vector<std::vector<std::int64_t>>& prompts,
                      const std::vector<std::vector<std::int64_t>>& answers);

}  // namespace attune
