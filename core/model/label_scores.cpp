#include "core/model/label_scores.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <set>

namespace attune {
namespace label_scores {

using Ids = std::vector<std::int64_t>;

bool decodes(const LanguageModel& model) { return model.base().config().layout == Layout::kEncoderDecoder; }

// Prompts followed by what has been written of the answers: rows of the decoder, or prompts and answers in
// one.
ModelInput joined(const LanguageModel& model, const std::vector<Ids>& prompts,
                  const std::vector<Ids>& written) {
  if (decodes(model)) {
    ModelInput input = padRight(prompts);
    std::vector<Ids> rows;
    for (const Ids& w : written) {
      rows.push_back({model.base().config().decoderStartId});
      rows.back().insert(rows.back().end(), w.begin(), w.end());
    }
    const ModelInput answers = padRight(rows);
    input.decoderIds = answers.ids;
    input.decoderMask = answers.mask;
    return input;
  }
  std::vector<Ids> rows = prompts;
  for (std::size_t i = 0; i < rows.size(); ++i)
    rows[i].insert(rows[i].end(), written[i].begin(), written[i].end());
  return padRight(rows);
}

// Log-likelihoods [rows] of `words[i]` after `prompts[i]`.
at::Tensor wordLogLikelihoods(const LanguageModel& model, const std::vector<Ids>& prompts,
                              const std::vector<const Ids*>& words) {
  std::vector<Ids> written;
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
    written.emplace_back(words[i]->begin(), words[i]->end() - 1);
    const std::size_t first = decodes(model) ? 0 : prompts[i].size() - 1;
    for (std::size_t k = 0; k < words[i]->size(); ++k) {
      selectAt[i * longest + k] = static_cast<std::int64_t>(first + k);
      targetAt[i * longest + k] = (*words[i])[k];
      weightAt[i * longest + k] = 1;
    }
  }
  ModelInput input = joined(model, prompts, written);
  input.select = select;
  const at::Tensor logProbabilities = at::log_softmax(model.logits(model.hidden(input)), -1);
  const at::Tensor chosen = logProbabilities.gather(2, targets.unsqueeze(2)).squeeze(2);
  return (chosen * weight).sum(1);
}

// Log-likelihoods [words] after the tokens in `cache`, a row for each word; `first` [vocabulary] holds those
// of every first token.
at::Tensor continuedLogLikelihoods(const LanguageModel& model, const std::vector<Ids>& words,
                                   const at::Tensor& first, DecoderCache cache) {
  std::vector<Ids> written;
  std::size_t longest = 1;
  for (const Ids& word : words) {
    written.emplace_back(word.begin(), word.end() - 1);
    longest = std::max(longest, word.size());
  }
  const auto count = static_cast<std::int64_t>(words.size());
  at::Tensor targets = at::zeros({count, static_cast<std::int64_t>(longest)}, at::kLong);
  at::Tensor weight = at::zeros(targets.sizes(), at::kFloat);
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::copy(words[i].begin(), words[i].end(), targets.data_ptr<std::int64_t>() + i * longest);
    std::fill_n(weight.data_ptr<float>() + i * longest, words[i].size(), 1.0F);
  }
  at::Tensor chosen = first.index_select(0, targets.select(1, 0)).unsqueeze(1);
  if (longest > 1) {
    ModelInput input = padRight(written);
    if (decodes(model)) {
      input.decoderIds = input.ids;
      input.decoderMask = input.mask;
    }
    const at::Tensor rest = at::log_softmax(model.logits(model.hidden(input, &cache)), -1);
    chosen = at::cat({chosen, rest.gather(2, targets.slice(1, 1).unsqueeze(2)).squeeze(2)}, 1);
  }
  return (chosen * weight).sum(1);
}

at::Tensor lastPositions(const std::vector<Ids>& prompts) {
  at::Tensor last = at::empty({static_cast<std::int64_t>(prompts.size()), 1}, at::kLong);
  auto* out = last.data_ptr<std::int64_t>();
  for (const Ids& prompt : prompts) *out++ = static_cast<std::int64_t>(prompt.size()) - 1;
  return last;
}

// The memory of the beginning for as many rows.
DecoderCache rowsAfter(const SharedBeginning& beginning, std::size_t rows) {
  if (beginning.tokens == 0) return {};
  return repeated(beginning.memory, 0, beginning.memory.seen(), static_cast<std::int64_t>(rows));
}

// States [batch, hidden] behind each prompt; `read` remembers the prompts, or is nullptr where nobody reads
// on.
at::Tensor lastStates(const LanguageModel& model, const std::vector<Ids>& prompts, DecoderCache* read) {
  ModelInput input = joined(model, prompts, std::vector<Ids>(prompts.size()));
  input.select = decodes(model) ? at::zeros({input.ids.size(0), 1}, at::kLong) : lastPositions(prompts);
  return model.hidden(input, read).squeeze(1);
}

// Logits [batch, labels] of the labels' first tokens.
at::Tensor firstTokenLogits(const LanguageModel& model, const std::vector<Ids>& prompts,
                            const LabelTokens& labels, const SharedBeginning& beginning) {
  DecoderCache read = rowsAfter(beginning, prompts.size());
  const auto count = static_cast<std::int64_t>(labels.ids.size());
  at::Tensor first = at::empty({count}, at::kLong);
  for (std::int64_t i = 0; i < count; ++i)
    first.data_ptr<std::int64_t>()[i] = labels.ids[static_cast<std::size_t>(i)].front();
  return model.logitsOf(lastStates(model, prompts, beginning.tokens > 0 ? &read : nullptr), first);
}

constexpr std::size_t kLabelsAtOnce = 64;

// Log-likelihoods [batch, labels] of whole words. A prompt is read once; the words go on from what the model
// remembers of it.
at::Tensor wordScores(const LanguageModel& model, const std::vector<Ids>& prompts, const LabelTokens& labels,
                      const SharedBeginning& beginning) {
  DecoderCache read = rowsAfter(beginning, prompts.size());
  std::size_t longest = 0;
  for (const Ids& prompt : prompts) longest = std::max(longest, prompt.size());
  const at::Tensor first = at::log_softmax(model.logits(lastStates(model, prompts, &read)), -1);
  std::vector<at::Tensor> scores;
  for (std::size_t row = 0; row < prompts.size(); ++row) {
    const auto b = static_cast<std::int64_t>(row);
    // Without the padding behind a short prompt.
    const std::int64_t padding =
        decodes(model) ? 0 : static_cast<std::int64_t>(longest - prompts[row].size());
    const std::int64_t seen = read.seen() - padding;
    for (std::size_t begin = 0; begin < labels.ids.size(); begin += kLabelsAtOnce) {
      const std::size_t end = std::min(begin + kLabelsAtOnce, labels.ids.size());
      const std::vector<Ids> words(labels.ids.begin() + static_cast<std::ptrdiff_t>(begin),
                                   labels.ids.begin() + static_cast<std::ptrdiff_t>(end));
      scores.push_back(continuedLogLikelihoods(
          model, words, first[b], repeated(read, b, seen, static_cast<std::int64_t>(words.size()))));
    }
  }
  return at::cat(scores).view({static_cast<std::int64_t>(prompts.size()), -1});
}

bool chosenByOneLogit(const LanguageModel& model, const LabelTokens& labels) {
  return model.hasClassHead() || labels.firstTokensDiffer();
}

}  // namespace label_scores

bool LabelTokens::firstTokensDiffer() const {
  std::set<std::int64_t> first;
  for (const auto& word : ids) first.insert(word.front());
  return first.size() == ids.size();
}

SharedBeginning readBeginning(const LanguageModel& model,
                              const std::vector<const std::vector<std::int64_t>*>& prompts) {
  constexpr std::size_t kWorthIt = 16;  // tokens
  const ModelConfig& config = model.base().config();
  // Rotations that depend on the whole length cannot be remembered.
  if (prompts.size() < 2 || config.layout != Layout::kDecoder || model.hasClassHead() ||
      config.rope.type == "dynamic")
    return {};
  const auto& first = *prompts.front();
  std::size_t same = first.size();
  for (const auto* prompt : prompts) {
    if (prompt->empty()) return {};
    // One token is left to be read in every prompt.
    same = std::min(same, prompt->size() - 1);
    same = static_cast<std::size_t>(
        std::mismatch(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(same), prompt->begin())
            .first -
        first.begin());
  }
  if (same < kWorthIt) return {};
  SharedBeginning beginning;
  beginning.tokens = static_cast<std::int64_t>(same);
  ModelInput input = padRight({{first.begin(), first.begin() + static_cast<std::ptrdiff_t>(same)}});
  input.select = at::zeros({1, 1}, at::kLong);
  model.hidden(input, &beginning.memory);
  return beginning;
}

at::Tensor labelScores(const LanguageModel& model, const std::vector<std::vector<std::int64_t>>& prompts,
                       const LabelTokens& labels, const SharedBeginning& beginning) {
  if (model.hasClassHead()) return model.classLogits(padRight(prompts));
  if (labels.firstTokensDiffer()) return label_scores::firstTokenLogits(model, prompts, labels, beginning);
  return label_scores::wordScores(model, prompts, labels, beginning);
}

at::Tensor labelLoss(const LanguageModel& model, const std::vector<std::vector<std::int64_t>>& prompts,
                     const std::vector<std::int64_t>& right, const LabelTokens& labels) {
  if (label_scores::chosenByOneLogit(model, labels)) {
    const at::Tensor target = at::empty({static_cast<std::int64_t>(right.size())}, at::kLong);
    std::copy(right.begin(), right.end(), target.data_ptr<std::int64_t>());
    return at::cross_entropy_loss(labelScores(model, prompts, labels), target);
  }
  std::vector<std::vector<std::int64_t>> words;
  for (const std::int64_t label : right) words.push_back(labels.ids[static_cast<std::size_t>(label)]);
  return answerLoss(model, prompts, words);
}

std::int64_t lossTerms(const LanguageModel& model, const std::vector<std::int64_t>& right,
                       const LabelTokens& labels) {
  if (label_scores::chosenByOneLogit(model, labels)) return static_cast<std::int64_t>(right.size());
  std::size_t tokens = 0;
  for (const std::int64_t label : right) tokens += labels.ids[static_cast<std::size_t>(label)].size();
  return static_cast<std::int64_t>(tokens);
}

at::Tensor answerLogLikelihoods(const LanguageModel& model,
                                const std::vector<std::vector<std::int64_t>>& prompts,
                                const std::vector<std::vector<std::int64_t>>& answers) {
  std::vector<const std::vector<std::int64_t>*> words;
  for (const auto& answer : answers) words.push_back(&answer);
  return label_scores::wordLogLikelihoods(model, prompts, words);
}

at::Tensor answerLoss(const LanguageModel& model, const std::vector<std::vector<std::int64_t>>& prompts,
                      const std::vector<std::vector<std::int64_t>>& answers) {
  std::size_t tokens = 0;
  for (const auto& answer : answers) tokens += answer.size();
  return -answerLogLikelihoods(model, prompts, answers).sum() / static_cast<double>(tokens);
}

}  // namespace attune
