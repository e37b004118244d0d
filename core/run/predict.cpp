#include "core/run/predict.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/data/encode.h"
#include "core/eval/evaluator.h"
#include "core/method/parameters.h"
#include "core/run/open_base.h"
#include "core/run/stored_prompt.h"

namespace attune {

std::vector<Answer> predictTexts(const PredictRequest& request) {
  const OpenedModel opened = openTuned(request.adapter, [&] { return openBase(request.base); });
  const OpenedBase& base = opened.base;
  const TunedModel& model = *opened.model;

  // What the caller writes counts; a prompt of the caller's own is asked without examples or calibration.
  StoredPrompt prompt = readPrompt(request.adapter).value_or(StoredPrompt());
  if (!request.pattern.empty() || prompt.pattern.empty())
    prompt = {request.pattern.empty() ? kNeutralTemplate : request.pattern, {}, prompt.words, {}};
  prompt.keepWordsOf(request.labels);
  const std::vector<std::string> words =
      labelWords(request.labels, request.labelWords.empty() ? prompt.wordLines() : request.labelWords);
  const PromptEncoder encoder(*base.tokenizer, PromptTemplate(prompt.wholePattern(words)), words,
                              base.model->config().context - model.virtualTokens(),
                              answerForm(base.model->config()));
  if (base.model->config().layout == Layout::kEncoder && !model.hasClassHead())
    throw Error(ErrorKind::kUnsupported,
                request.base + ": an encoder answers only after training, and this one has no head",
                "Give the adapter or the run that was trained on it.");
  std::vector<EvaluationExample> examples;
  for (std::size_t i = 0; i < request.texts.size(); ++i)
    examples.push_back({encoder.encode(request.texts[i]).ids, 0, static_cast<std::int64_t>(i)});
  std::vector<Prediction> predictions = predictLabels(model, examples, {encoder.labelTokens()}, StopToken{});
  if (prompt.prior.size() == request.labels.size()) calibrate(predictions, prompt.prior);
  std::vector<Answer> answers;
  for (const Prediction& p : predictions)
    answers.push_back(
        {static_cast<std::size_t>(p.predicted), {p.probabilities.begin(), p.probabilities.end()}});
  return answers;
}

}  // namespace attune
