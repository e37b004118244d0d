#include "core/eval/evaluator.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "core/base/text.h"
#include "core/eval/metric.h"
#include "core/eval/text_match.h"
#include "core/model/generate.h"
#include "core/model/parts.h"

namespace attune {

std::vector<Prediction> predictLabels(const LanguageModel& model,
                                      const std::vector<EvaluationExample>& examples,
                                      const LabelTokens& labels, const StopToken& stop) {
  constexpr std::size_t kTokenBudget = 512;  // a batch, padding included: what a core keeps at hand
  const c10::NoGradGuard noGrad;
  const auto virtualTokens = static_cast<std::size_t>(model.virtualTokens());
  std::vector<const std::vector<std::int64_t>*> all;
  for (const EvaluationExample& example : examples) all.push_back(&example.ids);
  const SharedBeginning beginning = readBeginning(model, all);
  const auto shared = static_cast<std::size_t>(beginning.tokens);
  // What is only remembered costs memory and attention, no products of its own.
  const std::size_t remembered = shared / 4 + (shared > 0 ? 0 : virtualTokens);

  std::vector<std::size_t> widths;
  for (const EvaluationExample& example : examples)
    widths.push_back(example.ids.size() - shared + remembered);
  const std::vector<std::vector<std::size_t>> batches = batchesOfLikeLength(widths, widths, kTokenBudget);

  std::vector<Prediction> predictions(examples.size());
  inParts(batches.size(), [&](std::size_t number) {
    if (stop.leaves()) return;
    const std::vector<std::size_t>& batch = batches[number];
    std::vector<std::vector<std::int64_t>> prompts;
    for (const std::size_t i : batch)
      prompts.emplace_back(examples[i].ids.begin() + static_cast<std::ptrdiff_t>(shared),
                           examples[i].ids.end());
    const at::Tensor probabilities =
        at::softmax(labelScores(model, prompts, labels, beginning), 1).contiguous();
    const std::int64_t classes = probabilities.size(1);
    const float* p = probabilities.data_ptr<float>();
    for (const std::size_t i : batch) {
      Prediction& out = predictions[i];
      out.row = examples[i].row;
      out.label = examples[i].label;
      out.probabilities.assign(p, p + classes);
      out.predicted = std::max_element(p, p + classes) - p;
      p += classes;
    }
  });
  if (stop.leaves()) return {};
  return predictions;
}

void calibrate(std::vector<Prediction>& predictions, const std::vector<double>& prior) {
  for (Prediction& p : predictions) {
    double sum = 0;
    std::vector<double> weighed(p.probabilities.size());
    for (std::size_t i = 0; i < weighed.size(); ++i) {
      weighed[i] = static_cast<double>(p.probabilities[i]) / std::max(prior[i], 1e-12);
      sum += weighed[i];
    }
    for (std::size_t i = 0; i < weighed.size(); ++i)
      p.probabilities[i] = static_cast<float>(weighed[i] / sum);
    p.predicted = std::max_element(weighed.begin(), weighed.end()) - weighed.begin();
  }
}

namespace evaluator {

constexpr std::size_t kAnswerTokens = 1024;  // a batch of prompts and answers

// Batches of rows of like length: numbers of the examples, in order of length.
std::vector<std::vector<std::size_t>> answerBatches(const std::vector<AnswerExample>& examples) {
  std::vector<std::size_t> lengths, widths;
  for (const AnswerExample& example : examples) {
    lengths.push_back(example.ids.size());
    widths.push_back(example.ids.size() + example.answer.size());
  }
  return batchesOfLikeLength(lengths, widths, kAnswerTokens);
}

}  // namespace evaluator

std::vector<Prediction> predictAnswers(
    const LanguageModel& model, const std::vector<AnswerExample>& examples,
    const std::vector<std::string>& labels, std::int64_t maxNewTokens,
    const std::vector<std::int64_t>& endIds,
    const std::function<std::string(const std::vector<std::int64_t>&)>& decode, const StopToken& stop) {
  const c10::NoGradGuard noGrad;
  std::vector<Prediction> predictions(examples.size());
  const auto batches = evaluator::answerBatches(examples);
  inParts(batches.size(), [&](std::size_t number) {
    if (stop.leaves()) return;
    const std::vector<std::size_t>& batch = batches[number];
    std::vector<std::vector<std::int64_t>> prompts, answers;
    for (const std::size_t i : batch) {
      prompts.push_back(examples[i].ids);
      answers.push_back(examples[i].answer);
    }
    const at::Tensor likelihood = answerLogLikelihoods(model, prompts, answers).contiguous();
    // What is written is asked for whole: only a wish to discard ends it early.
    const StopToken unhurried;
    const auto written = generateGreedy(model, prompts, {maxNewTokens, endIds, true}, unhurried);
    for (std::size_t k = 0; k < batch.size(); ++k) {
      const AnswerExample& example = examples[batch[k]];
      Prediction& out = predictions[batch[k]];
      out.row = example.row;
      out.label = example.label;
      out.text = std::string(trim(decode(written[k])));
      out.predicted =
          exactMatch(out.text, labels.at(static_cast<std::size_t>(example.label))) ? example.label : -1;
      out.logLikelihood = static_cast<double>(likelihood.data_ptr<float>()[k]);
      out.answerTokens = static_cast<std::int64_t>(example.answer.size());
    }
  });
  if (stop.leaves()) return {};
  return predictions;
}

std::vector<Prediction> likelihoods(const LanguageModel& model, const std::vector<AnswerExample>& examples,
                                    const StopToken& stop) {
  const c10::NoGradGuard noGrad;
  std::vector<Prediction> predictions(examples.size());
  const auto batches = evaluator::answerBatches(examples);
  inParts(batches.size(), [&](std::size_t number) {
    if (stop.leaves()) return;
    const std::vector<std::size_t>& batch = batches[number];
    std::vector<std::vector<std::int64_t>> prompts, answers;
    for (const std::size_t i : batch) {
      prompts.push_back(examples[i].ids);
      answers.push_back(examples[i].answer);
    }
    const at::Tensor likelihood = answerLogLikelihoods(model, prompts, answers).contiguous();
    for (std::size_t k = 0; k < batch.size(); ++k) {
      const AnswerExample& example = examples[batch[k]];
      Prediction& out = predictions[batch[k]];
      out.row = example.row;
      out.label = out.predicted = example.label;
      out.logLikelihood = static_cast<double>(likelihood.data_ptr<float>()[k]);
      out.answerTokens = static_cast<std::int64_t>(example.answer.size());
    }
  });
  if (stop.leaves()) return {};
  return predictions;
}

double answerNegativeLogLikelihood(const LanguageModel& model, const std::vector<AnswerExample>& examples,
                                   const StopToken& stop) {
  double sum = 0, tokens = 0;
  for (const Prediction& p : likelihoods(model, examples, stop)) {
    sum += p.logLikelihood;
    tokens += static_cast<double>(p.answerTokens);
  }
  return tokens > 0 ? -sum / tokens : 0;
}

std::map<std::string, double> scorePredictions(const std::vector<Prediction>& predictions,
                                               const std::vector<std::string>& labels, bool freeAnswers) {
  std::map<std::string, double> scores;
  for (const MetricInfo& info : metricCatalog())
    if (info.freeAnswers == freeAnswers || info.name == "accuracy")
      scores[info.name] = makeMetric(info.name)->score(predictions, labels);
  return scores;
}

}  // namespace attune
