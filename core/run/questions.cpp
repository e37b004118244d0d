#include "core/run/questions.h"

#include <algorithm>
#include <cmath>

#include "core/data/encode.h"
#include "core/eval/evaluator.h"

namespace attune {
namespace questions {

// What both kinds share: texts to prompts, each row once.
class Prompts : public Questions {
 protected:
  Prompts(const Dataset& data, const OpenedBase& base, const ParamSet& params, std::int64_t virtualTokens,
          std::vector<std::string> words)
      : data_(data),
        base_(base),
        words_(std::move(words)),
        encoder_(*base.tokenizer, PromptTemplate(params.getString("template")), words_,
                 base.model->config().context - virtualTokens, answerForm(base.model->config())) {}

  std::int64_t templateTokens() const override { return encoder_.templateTokens(); }

  const Example& example(std::int64_t row) const { return data_.examples()[static_cast<std::size_t>(row)]; }
  const EncodedPrompt& prompt(std::int64_t row) {
    const auto found = prompts_.find(row);
    return found != prompts_.end() ? found->second
                                   : prompts_.emplace(row, encoder_.encode(example(row).text)).first->second;
  }

  const Dataset& data_;
  const OpenedBase& base_;
  std::vector<std::string> words_;
  PromptEncoder encoder_;

 private:
  std::map<std::int64_t, EncodedPrompt> prompts_;
};

class LabelQuestions final : public Prompts {
 public:
  LabelQuestions(const Dataset& data, const OpenedBase& base, const ParamSet& params,
                 std::int64_t virtualTokens)
      : Prompts(data, base, params, virtualTokens,
                attune::labelWords(data.labels(), params.getString("label_words"))),
        labels_{encoder_.labelTokens()} {}

  const LabelTokens& labels() const override { return labels_; }
  std::vector<std::string> labelWords() const override { return words_; }
  std::string scoring(const LanguageModel& model) const override {
    if (model.hasClassHead()) return "classification head";
    return labels_.firstTokensDiffer() ? "first token of the label word" : "all tokens of the label word";
  }

  std::vector<TrainingExample> training(const std::vector<std::int64_t>& rows) override {
    std::vector<TrainingExample> examples;
    for (const std::int64_t row : rows) {
      truncated_ += prompt(row).truncated ? 1 : 0;
      examples.push_back({prompt(row).ids, example(row).label});
    }
    return examples;
  }

  std::vector<Prediction> ask(const LanguageModel& model, const std::vector<std::int64_t>& rows,
                              const StopToken& stop) override {
    std::vector<EvaluationExample> examples;
    for (const std::int64_t row : rows) examples.push_back({prompt(row).ids, example(row).label, row});
    return predictLabels(model, examples, labels_, stop);
  }

  Look look(const LanguageModel& model, const std::vector<std::int64_t>& rows,
            const StopToken& stop) override {
    auto scores = scorePredictions(ask(model, rows, stop), data_.labels(), false);
    const ValidationScore score{scores.at("accuracy"), scores.at("log_loss")};
    return {std::move(scores), score};
  }

 private:
  LabelTokens labels_;
};

class AnswerQuestions final : public Prompts {
 public:
  AnswerQuestions(const Dataset& data, const OpenedBase& base, const ParamSet& params,
                  std::int64_t virtualTokens)
      : Prompts(data, base, params, virtualTokens, {}) {
    // The longest answer of the training rows, and half as much again, is what may be written.
    std::size_t longest = 1;
    for (const std::int64_t row : data.rows(Split::kTrain)) longest = std::max(longest, answer(row).size());
    const std::int64_t room = (base.model->config().context - virtualTokens) / 2;
    maxNewTokens_ = std::clamp<std::int64_t>(static_cast<std::int64_t>(longest + longest / 2), 8,
                                             std::max<std::int64_t>(8, room));
    encoder_.leaveRoom(maxNewTokens_);
  }

  const LabelTokens& labels() const override { return none_; }
  std::vector<std::string> labelWords() const override { return {}; }
  std::string scoring(const LanguageModel&) const override {
    return "written greedily, at most " + std::to_string(maxNewTokens_) + " tokens";
  }

  // The text may be cut, the answer never: a row whose answer does not fit is not learned from.
  std::vector<TrainingExample> training(const std::vector<std::int64_t>& rows) override {
    std::vector<TrainingExample> examples;
    for (const std::int64_t row : rows) {
      if (static_cast<std::int64_t>(answer(row).size()) > maxNewTokens_) continue;
      truncated_ += prompt(row).truncated ? 1 : 0;
      examples.push_back({prompt(row).ids, example(row).label, answer(row)});
    }
    return examples;
  }

  std::vector<Prediction> ask(const LanguageModel& model, const std::vector<std::int64_t>& rows,
                              const StopToken& stop) override {
    const auto decode = [&](const std::vector<std::int64_t>& ids) {
      return base_.tokenizer->decode(ids, true);
    };
    return predictAnswers(model, questions(rows), data_.labels(), maxNewTokens_, base_.tokenizer->endIds(),
                          decode, stop);
  }

  // Writing takes long: during training it is done for some rows, the likelihood, by which states are
  // compared, for all.
  Look look(const LanguageModel& model, const std::vector<std::int64_t>& rows,
            const StopToken& stop) override {
    constexpr std::size_t kWritten = 64;
    const std::vector<std::int64_t> some(
        rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(std::min(rows.size(), kWritten)));
    auto scores = scorePredictions(ask(model, some, stop), data_.labels(), true);
    const double loss = answerNegativeLogLikelihood(model, questions(rows), stop);
    scores["perplexity"] = std::exp(loss);
    return {std::move(scores), {0, loss}};
  }

 private:
  const std::vector<std::int64_t>& answer(std::int64_t row) {
    const std::int64_t label = example(row).label;
    const auto found = answers_.find(label);
    if (found != answers_.end()) return found->second;
    return answers_.emplace(label, encoder_.answer(data_.labels()[static_cast<std::size_t>(label)]))
        .first->second;
  }
  std::vector<AnswerExample> questions(const std::vector<std::int64_t>& rows) {
    std::vector<AnswerExample> list;
    for (const std::int64_t row : rows)
      list.push_back({prompt(row).ids, answer(row), example(row).label, row});
    return list;
  }

  std::map<std::int64_t, std::vector<std::int64_t>> answers_;  // by label
  std::int64_t maxNewTokens_ = 0;
  LabelTokens none_;
};

}  // namespace questions

std::unique_ptr<Questions> makeQuestions(const Dataset& data, const OpenedBase& base, const ParamSet& params,
                                         std::int64_t virtualTokens) {
  if (data.freeAnswers())
    return std::make_unique<questions::AnswerQuestions>(data, base, params, virtualTokens);
  return std::make_unique<questions::LabelQuestions>(data, base, params, virtualTokens);
}

}  // namespace attune
