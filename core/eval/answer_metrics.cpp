#include <cmath>

#include "core/eval/metric.h"
#include "core/eval/metrics.h"
#include "core/eval/text_match.h"

// Metrics of free answers: means over the examples of how near the written text comes to the right one.
namespace attune {
namespace answer_metrics {

using Nearness = double (*)(std::string_view, std::string_view);

class MeanNearness final : public Metric {
 public:
  explicit MeanNearness(Nearness nearness) : nearness_(nearness) {}

  double score(const std::vector<Prediction>& predictions,
               const std::vector<std::string>& labels) const override {
    double sum = 0;
    for (const Prediction& p : predictions)
      sum += nearness_(p.text, labels.at(static_cast<std::size_t>(p.label)));
    return predictions.empty() ? 0 : sum / static_cast<double>(predictions.size());
  }

 private:
  Nearness nearness_;
};

// exp of the mean negative log-likelihood of the right answers' tokens (Jelinek et al. 1977).
class Perplexity final : public Metric {
 public:
  double score(const std::vector<Prediction>& predictions, const std::vector<std::string>&) const override {
    double nats = 0;
    std::int64_t tokens = 0;
    for (const Prediction& p : predictions) {
      nats -= p.logLikelihood;
      tokens += p.answerTokens;
    }
    return tokens == 0 ? 0 : std::exp(nats / static_cast<double>(tokens));
  }
};

MetricInfo info(const char* name, const char* title, const char* summary, const char* source,
                bool higher = true) {
  MetricInfo info{name, title, summary, source, higher};
  info.freeAnswers = true;
  return info;
}

}  // namespace answer_metrics

MetricInfo exactMatchInfo() {
  return answer_metrics::info(
      "exact_match", "Exact match",
      "Share of answers that are the right one, case, articles and punctuation aside.",
      "Rajpurkar et al. 2016, arXiv:1606.05250");
}
std::unique_ptr<Metric> makeExactMatch() {
  return std::make_unique<answer_metrics::MeanNearness>(
      [](std::string_view answer, std::string_view right) { return exactMatch(answer, right) ? 1.0 : 0.0; });
}

MetricInfo tokenF1Info() {
  return answer_metrics::info("token_f1", "Token F1",
                              "Overlap of the words of the answer and of the right one.",
                              "Rajpurkar et al. 2016, arXiv:1606.05250");
}
std::unique_ptr<Metric> makeTokenF1() { return std::make_unique<answer_metrics::MeanNearness>(tokenF1); }

MetricInfo rougeLInfo() {
  return answer_metrics::info("rouge_l", "ROUGE-L",
                              "Longest run of common words in order; sees Latin letters and digits alone.",
                              "Lin 2004, Text Summarization Branches Out");
}
std::unique_ptr<Metric> makeRougeL() { return std::make_unique<answer_metrics::MeanNearness>(rougeL); }

MetricInfo perplexityInfo() {
  return answer_metrics::info(
      "perplexity", "Perplexity",
      "How surprised the model is by the tokens of the right answer; 1 is not at all.", "Jelinek et al. 1977",
      false);
}
std::unique_ptr<Metric> makePerplexity() { return std::make_unique<answer_metrics::Perplexity>(); }

}  // namespace attune
