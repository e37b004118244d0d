#include "core/run/predict.h"

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/data/encode.h"
#include "core/eval/evaluator.h"
#include "core/method/parameters.h"
#include "core/run/open_base.h"

namespace attune {

std::vector<Answer> predictTexts(const PredictRequest& request) {
  const OpenedModel opened = openTuned(request.adapter, [&] { return openBase(request.base); });
  const OpenedBase& base = opened.base;
  const TunedModel& model = *opened.model;

  std::string pattern = request.pattern, words = request.labelWords;
  if (const auto prompt = readPrompt(request.adapter)) {
    if (pattern.empty()) pattern = prompt->stringOr("template", "");
    if (const Json* verbalizers = prompt->find("verbalizers"); words.empty() && verbalizers)
      for (const std::string& label : request.labels)
        if (const Json* list = verbalizers->find(label); list && !list->items().empty())
          words += label + " = " + list->items().front().asString() + "\n";
  }
  if (pattern.empty()) pattern = kNeutralTemplate;
  const PromptEncoder encoder(*base.tokenizer, PromptTemplate(pattern), labelWords(request.labels, words),
                              base.model->config().context - model.virtualTokens(),
                              answerForm(base.model->config()));
  if (base.model->config().layout == Layout::kEncoder && !model.hasClassHead())
    throw Error(ErrorKind::kUnsupported,
                request.base + ": an encoder answers only after training, and this one has no head",
                "Give the adapter or the run that was trained on it.");
  std::vector<EvaluationExample> examples;
  for (std::size_t i = 0; i < request.texts.size(); ++i)
    examples.push_back({encoder.encode(request.texts[i]).ids, 0, static_cast<std::int64_t>(i)});
  std::vector<Answer> answers;
  for (const Prediction& p : predictLabels(model, examples, {encoder.labelTokens()}, StopToken{}))
    answers.push_back(
        {static_cast<std::size_t>(p.predicted), {p.probabilities.begin(), p.probabilities.end()}});
  return answers;
}

}  // namespace attune
