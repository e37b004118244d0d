#include "core/train/pass.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include "core/base/clock.h"
#include "core/model/parts.h"
#include "core/model/products.h"
#include "core/train/batch.h"
#include "core/train/flop_counter.h"

namespace attune {
namespace pass {

// A part of a batch, and what going through it gave.
struct Part {
  std::vector<std::vector<std::int64_t>> prompts, answers;
  std::vector<std::int64_t> right;
  double share = 0;  // of the terms that the batch's loss is the mean of
  BatchPass gave;
};

std::vector<Part> partsOf(const std::vector<TrainingExample>& examples, const std::vector<std::size_t>& batch,
                          const LanguageModel& model, const LabelTokens& labels) {
  std::vector<std::size_t> lengths;
  for (const std::size_t i : batch) lengths.push_back(examples[i].ids.size() + examples[i].answer.size());
  std::vector<Part> parts;
  double all = 0;
  for (const std::vector<std::size_t>& rows : batchParts(lengths)) {
    Part part;
    std::size_t tokens = 0;
    for (const std::size_t row : rows) {
      const TrainingExample& example = examples[batch[row]];
      part.prompts.push_back(example.ids);
      part.right.push_back(example.label);
      if (!example.answer.empty()) part.answers.push_back(example.answer);
      tokens += example.answer.size();
    }
    part.share = part.answers.empty() ? static_cast<double>(lossTerms(model, part.right, labels))
                                      : static_cast<double>(tokens);
    all += part.share;
    parts.push_back(std::move(part));
  }
  for (Part& part : parts) part.share /= all;
  return parts;
}

// What `work` costs, where that is measured.
template <typename Work>
void measuring(bool measured, BatchPass& cost, Work work) {
  if (!measured) return work();
  const auto clock = at::get_num_threads() == 1 ? threadCpuSeconds : monotonicSeconds;
  const double begin = clock();
  const FlopCounter counter;
  work();
  cost.flops = counter.flops();
  cost.seconds = clock() - begin;
}

}  // namespace pass

std::vector<std::int64_t> tokensRead(const TunedModel& model, const TrainingExample& example,
                                     const LabelTokens& labels) {
  std::vector<std::int64_t> tokens = example.ids;
  if (model.base().config().layout == Layout::kEncoderDecoder) return tokens;
  const std::int64_t terms = example.answer.empty() ? lossTerms(model, {example.label}, labels)
                                                    : static_cast<std::int64_t>(example.answer.size());
  if (terms > 1) {
    const auto& answer =
        example.answer.empty() ? labels.ids[static_cast<std::size_t>(example.label)] : example.answer;
    tokens.insert(tokens.end(), answer.begin(), answer.begin() + terms - 1);
  }
  return tokens;
}

// A parameter takes up each part's gradient as a whole, so it does not matter whose comes first.
BatchPass goThrough(TunedModel& model, const std::vector<TrainingExample>& examples,
                    const std::vector<std::size_t>& batch, const LabelTokens& labels, bool measured) {
  std::vector<pass::Part> parts = pass::partsOf(examples, batch, model, labels);
  TrainingProducts* const products = TrainingProducts::living();
  if (products != nullptr) {
    products->renew();
    products->postpone();
  }
  inParts(parts.size(), [&](std::size_t number) {
    pass::Part& part = parts[number];
    pass::measuring(measured, part.gave, [&] {
      const at::Tensor loss = (part.answers.empty() ? labelLoss(model, part.prompts, part.right, labels)
                                                    : answerLoss(model, part.prompts, part.answers)) *
                              part.share;
      part.gave.loss = loss.item<double>();
      loss.backward();
    });
  });
  if (const at::Tensor penalty = model.penalty(); penalty.defined()) penalty.backward();
  BatchPass whole;
  if (products != nullptr) {
    const c10::NoGradGuard noGrad;
    std::vector<PostponedGradient> waiting = products->takePostponed();
    std::vector<BatchPass> gave(waiting.size());
    inParts(waiting.size(), [&](std::size_t number) {
      pass::measuring(measured, gave[number], [&] { waiting[number].add(); });
    });
    for (const BatchPass& one : gave) {
      whole.flops += one.flops;
      whole.seconds += one.seconds;
    }
  }
  for (const pass::Part& part : parts) {
    whole.loss += part.gave.loss;
    whole.flops += part.gave.flops;
    whole.seconds += part.gave.seconds;
  }
  return whole;
}

}  // namespace attune
