#include "core/eval/metric.h"
#include "core/eval/metrics.h"

namespace attune {
namespace choice_accuracy {

class Accuracy final : public Metric {
 public:
  double score(const std::vector<Prediction>& predictions, const std::vector<std::string>&) const override {
    std::int64_t right = 0;
    for (const Prediction& p : predictions) right += p.predicted == p.label ? 1 : 0;
    return predictions.empty() ? 0 : static_cast<double>(right) / static_cast<double>(predictions.size());
  }
};

}  // namespace choice_accuracy

MetricInfo accuracyInfo() {
  return {"accuracy", "Accuracy",
          "Share of the examples that are answered correctly; of free answers those that match exactly.",
          "Metz 1978, Basic principles of ROC analysis", true};
}

std::unique_ptr<Metric> makeAccuracy() { return std::make_unique<choice_accuracy::Accuracy>(); }

}  // namespace attune
