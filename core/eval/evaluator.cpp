#include "core/eval/evaluator.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <numeric>

#include "core/eval/metric.h"

namespace attune {

std::vector<Prediction> predictLabels(const LanguageModel& model,
                                      const std::vector<EvaluationExample>& examples,
                                      const LabelTokens& labels, const StopToken& stop) {
  constexpr std::size_t kTokenBudget = 2048;  // a batch, padding included
  const c10::NoGradGuard noGrad;
  std::vector<std::size_t> order(examples.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return examples[a].ids.size() < examples[b].ids.size();
  });
  const std::size_t sequences = labels.firstTokensDiffer() ? 1 : labels.ids.size();  // a head needs one too
  const auto virtualTokens = static_cast<std::size_t>(model.virtualTokens());

  std::vector<Prediction> predictions(examples.size());
  for (std::size_t first = 0; first < order.size();) {
    if (stop.kind() == StopKind::kDiscard) return {};
    std::size_t count = 0;
    std::vector<std::vector<std::int64_t>> prompts;
    while (first + count < order.size()) {
      const auto& ids = examples[order[first + count]].ids;
      if (count > 0 && (count + 1) * (ids.size() + virtualTokens) * sequences > kTokenBudget) break;
      prompts.push_back(ids);
      ++count;
    }
    const at::Tensor probabilities = at::softmax(labelScores(model, prompts, labels), 1).contiguous();
    const std::int64_t classes = probabilities.size(1);
    const float* p = probabilities.data_ptr<float>();
    for (std::size_t i = 0; i < count; ++i, p += classes) {
      const EvaluationExample& example = examples[order[first + i]];
      Prediction& out = predictions[order[first + i]];
      out.row = example.row;
      out.label = example.label;
      out.probabilities.assign(p, p + classes);
      out.predicted = std::max_element(p, p + classes) - p;
    }
    first += count;
  }
  return predictions;
}

std::map<std::string, double> scorePredictions(const std::vector<Prediction>& predictions,
                                               std::int64_t labelCount) {
  std::map<std::string, double> scores;
  for (const MetricInfo& info : metricCatalog())
    scores[info.name] = makeMetric(info.name)->score(predictions, labelCount);
  return scores;
}

}  // namespace attune
