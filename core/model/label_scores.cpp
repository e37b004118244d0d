#include "core/model/label_scores.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <set>

namespace attune {
namespace label_scores {

using Ids = std::vector<std::int64_t>;

// Log-likelihoods [rows] of `words[i]` after `prompts[i]`.
at::Tensor wordLogLikelihoods(const LanguageModel& model, const std::vector<Ids>& prompts,
                              const std::vector<const Ids*>& words) {
  std::vector<Ids> rows;
  std::size_t longest = 1;
  for (const Ids* word : words) longest = std::max(longest, word->size());
  const auto count = static_cast<std::int64_t>(prompts.size());
  const auto width = static_cast<std::int64_t>(longest);
  at::Tensor select = at::zeros({count, width}, at::kLong);
  at::Tensor targets = at::zeros({count, width}, at::kLong);
  at::Tensor weight = at::zeros({count, width}, at::kFloat);
  auto* selectAt = select.data_ptr<std::int64_t>();
  auto* targetAt = targets.data_ptr<std::int64_t>();
  auto* weightAt = weight.data_ptr<float>();
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    // The logits at position t predict the token at t + 1; the last token of the word predicts nothing.
    Ids row = prompts[i];
    row.insert(row.end(), words[i]->begin(), words[i]->end() - 1);
    for (std::size_t k = 0; k < words[i]->size(); ++k) {
      selectAt[i * longest + k] = static_cast<std::int64_t>(prompts[i].size() + k) - 1;
      targetAt[i * longest + k] = (*words[i])[k];
      weightAt[i * longest + k] = 1;
    }
    rows.push_back(std::move(row));
  }
  ModelInput input = padRight(rows);
  input.select = select;
  const at::Tensor logProbabilities = at::log_softmax(model.logits(model.hidden(input)), -1);
  const at::Tensor chosen = logProbabilities.gather(2, targets.unsqueeze(2)).squeeze(2);
  return (chosen * weight).sum(1);
}

at::Tensor lastPositions(const std::vector<Ids>& prompts) {
  at::Tensor last = at::empty({static_cast<std::int64_t>(prompts.size()), 1}, at::kLong);
  auto* out = last.data_ptr<std::int64_t>();
  for (const Ids& prompt : prompts) *out++ = static_cast<std::int64_t>(prompt.size()) - 1;
  return last;
}

}  // namespace label_scores

bool LabelTokens::firstTokensDiffer() const {
  std::set<std::int64_t> first;
  for (const auto& word : ids) first.insert(word.front());
  return first.size() == ids.size();
}

at::Tensor labelScores(const LanguageModel& model, const std::vector<std::vector<std::int64_t>>& prompts,
                       const LabelTokens& labels) {
  const auto count = static_cast<std::int64_t>(labels.ids.size());
  if (labels.firstTokensDiffer()) {
    ModelInput input = padRight(prompts);
    input.select = label_scores::lastPositions(prompts);
    at::Tensor first = at::empty({count}, at::kLong);
    for (std::int64_t i = 0; i < count; ++i)
      first.data_ptr<std::int64_t>()[i] = labels.ids[static_cast<std::size_t>(i)].front();
    return model.logitsOf(model.hidden(input).squeeze(1), first);
  }
  std::vector<std::vector<std::int64_t>> rows;
  std::vector<const std::vector<std::int64_t>*> words;
  for (const auto& prompt : prompts)
    for (const auto& word : labels.ids) {
      rows.push_back(prompt);
      words.push_back(&word);
    }
  return label_scores::wordLogLikelihoods(model, rows, words)
      .view({static_cast<std::int64_t>(prompts.size()), count});
}

at::Tensor labelLoss(const LanguageModel& model, const std::vector<std::vector<std::int64_t>>& prompts,
                     const std::vector<std::int64_t>& right, const LabelTokens& labels) {
  if (labels.firstTokensDiffer()) {
    const at::Tensor target = at::empty({static_cast<std::int64_t>(right.size())}, at::kLong);
    std::copy(right.begin(), right.end(), target.data_ptr<std::int64_t>());
    return at::cross_entropy_loss(labelScores(model, prompts, labels), target);
  }
  std::vector<const std::vector<std::int64_t>*> words;
  std::size_t tokens = 0;
  for (const std::int64_t label : right) {
    words.push_back(&labels.ids[static_cast<std::size_t>(label)]);
    tokens += words.back()->size();
  }
  return -label_scores::wordLogLikelihoods(model, prompts, words).sum() / static_cast<double>(tokens);
}

}  // namespace attune
