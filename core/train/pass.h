#pragma once

#include <cstdint>
#include <vector>

#include "core/method/tuned_model.h"
#include "core/model/label_scores.h"

namespace attune {

struct TrainingExample {
  std::vector<std::int64_t> ids;  // the filled prompt
  std::int64_t label = 0;
  std::vector<std::int64_t> answer =
      {};  // ids of a free answer, its end included; empty: the label is learned
};

// What the model reads of it in training: the prompt, and all of the answer but its last token.
std::vector<std::int64_t> tokensRead(const TunedModel& model, const TrainingExample& example,
                                     const LabelTokens& labels);

struct BatchPass {
  double loss = 0;     // mean over the batch, in nats
  double flops = 0;    // of matrix products; 0: not measured
  double seconds = 0;  // of computing, all cores together; 0: not measured
};

// A batch of these examples forward and backward: the parameters take up the gradients of its mean loss and
// of the model's penalty. It is done in parts, on as many cores as are allowed, with the same numbers for
// any.
BatchPass goThrough(TunedModel& model, const std::vector<TrainingExample>& examples,
                    const std::vector<std::size_t>& batch, const LabelTokens& labels, bool measured = false);

}  // namespace attune
