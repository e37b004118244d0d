#include "core/run/questions.h"

#include <algorithm>
#include <cmath>

#include "core/base/text.h"
#include "core/data/encode.h"
#include "core/eval/evaluator.h"

namespace attune {
namespace questions {

// Examples to show, as many as leave room for the longest text (or half of the context) and `answer` tokens.
std::vector<Demonstration> fittingExamples(const QuestionRequest& request,
                                           const std::vector<std::string>& words, std::int64_t answer) {
  if (!request.params.has("shots")) return {};
  const Dataset& data = request.data;
  const Tokenizer& tokenizer = *request.base.tokenizer;
  const std::string& pattern = request.params.getString("template");
  std::vector<Demonstration> examples;
  for (const std::int64_t row :
       chooseDemonstrations(data, request.trainRows, request.params.getInt("shots"), request.seed)) {
    const Example& e = data.examples()[static_cast<std::size_t>(row)];
    const auto label = static_cast<std::size_t>(e.label);
    examples.push_back({e.text, words.empty() ? data.labels()[label] : words[label]});
  }
  const std::int64_t context = request.base.model->config().context - request.virtualTokens - answer;
  std::int64_t longest = 0;
  for (const Example& e : data.examples())
    longest = std::max(longest, static_cast<std::int64_t>(tokenizer.encode(e.text).size()));
  longest = std::min(longest, context / 2);
  const auto length = [&] {
    const std::string whole = withDemonstrations(pattern, examples, words);
    return static_cast<std::int64_t>(tokenizer.encode(PromptTemplate(whole).fill("", words)).size());
  };
  while (!examples.empty() && length() + longest > context) examples.erase(examples.begin());
  if (request.exampleOrder > 0)
    Random(request.seed.sub("order").sub(std::to_string(request.exampleOrder))).shuffle(examples);
  return examples;
}

// What both kinds share: texts to prompts, each row once.
class Prompts : public Questions {
 protected:
  // `answer`: tokens that are kept free for what is written.
  Prompts(const QuestionRequest& request, std::vector<std::string> words, std::int64_t answer)
      : data_(request.data),
        base_(request.base),
        words_(std::move(words)),
        pattern_(request.params.getString("template")),
        rewrite_(request.rewrite),
        examples_(fittingExamples(request, words_, answer)),
        encoder_(*base_.tokenizer, PromptTemplate(withDemonstrations(pattern_, examples_, words_)), words_,
                 base_.model->config().context - request.virtualTokens, answerForm(base_.model->config())) {}

  std::int64_t templateTokens() const override { return encoder_.templateTokens(); }

  StoredPrompt stored() const override {
    StoredPrompt prompt{pattern_, examples_, {}, {}};
    for (std::size_t i = 0; i < words_.size(); ++i) prompt.words.emplace_back(data_.labels()[i], words_[i]);
    return prompt;
  }

  const Example& example(std::int64_t row) const { return data_.examples()[static_cast<std::size_t>(row)]; }
  const EncodedPrompt& prompt(std::int64_t row) {
    const auto found = prompts_.find(row);
    if (found != prompts_.end()) return found->second;
    const std::string& text = example(row).text;
    return prompts_.emplace(row, encoder_.encode(rewrite_ ? rewrite_(text) : text)).first->second;
  }

  const Dataset& data_;
  const OpenedBase& base_;
  std::vector<std::string> words_;
  std::string pattern_;
  std::function<std::string(const std::string&)> rewrite_;
  std::vector<Demonstration> examples_;
  PromptEncoder encoder_;

 private:
  std::map<std::int64_t, EncodedPrompt> prompts_;
};

class LabelQuestions final : public Prompts {
 public:
  explicit LabelQuestions(const QuestionRequest& request)
      : Prompts(request, labelWords(request.data.labels(), request.params.getString("label_words")), 16),
        labels_{encoder_.labelTokens()} {
    if (!request.params.has("content_free_texts")) return;
    contentFree_ = {""};
    for (std::string& text : splitList(request.params.getString("content_free_texts")))
      contentFree_.push_back(std::move(text));
  }

  const LabelTokens& labels() const override { return labels_; }
  StoredPrompt stored() const override {
    StoredPrompt prompt = Prompts::stored();
    prompt.prior = prior_;
    return prompt;
  }
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
    std::vector<Prediction> predictions = predictLabels(model, examples, labels_, stop);
    if (!contentFree_.empty()) {
      if (prior_.empty()) prior_ = contentFreePrior(model, stop);
      calibrate(predictions, prior_);
    }
    return predictions;
  }

  Look look(const LanguageModel& model, const std::vector<std::int64_t>& rows,
            const StopToken& stop) override {
    auto scores = scorePredictions(ask(model, rows, stop), data_.labels(), false);
    const ValidationScore score{scores.at("accuracy"), scores.at("log_loss")};
    return {std::move(scores), score};
  }

 private:
  // What the model says when there is nothing to say: the mean over the texts without content.
  std::vector<double> contentFreePrior(const LanguageModel& model, const StopToken& stop) {
    std::vector<EvaluationExample> examples;
    for (const std::string& text : contentFree_) examples.push_back({encoder_.encode(text).ids, 0, 0});
    std::vector<double> prior(labels_.ids.size(), 0);
    for (const Prediction& p : predictLabels(model, examples, labels_, stop))
      for (std::size_t i = 0; i < prior.size(); ++i)
        prior[i] += static_cast<double>(p.probabilities[i]) / static_cast<double>(examples.size());
    return prior;
  }

  LabelTokens labels_;
  std::vector<std::string> contentFree_;  // empty: no calibration
  std::vector<double> prior_;
};

class AnswerQuestions final : public Prompts {
 public:
  explicit AnswerQuestions(const QuestionRequest& request)
      : Prompts(request, {}, request.base.model->config().context / 4) {
    // The longest answer of the training rows, and half as much again, is what may be written.
    std::size_t longest = 1;
    for (const std::int64_t row : data_.rows(Split::kTrain)) longest = std::max(longest, answer(row).size());
    const std::int64_t room = (base_.model->config().context - request.virtualTokens) / 2;
    maxNewTokens_ = std::clamp<std::int64_t>(static_cast<std::int64_t>(longest + longest / 2), 8,
                                             std::max<std::int64_t>(8, room));
    encoder_.leaveRoom(maxNewTokens_);
  }

  const LabelTokens& labels() const override { return none_; }
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

std::unique_ptr<Questions> makeQuestions(const QuestionRequest& request) {
  if (request.data.freeAnswers()) return std::make_unique<questions::AnswerQuestions>(request);
  return std::make_unique<questions::LabelQuestions>(request);
}

}  // namespace attune
