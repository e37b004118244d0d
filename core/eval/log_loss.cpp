#include <algorithm>
#include <cmath>

#include "core/eval/metric.h"
#include "core/eval/metrics.h"

namespace attune {
namespace log_loss {

class LogLoss final : public Metric {
 public:
  double score(const std::vector<Prediction>& predictions, const std::vector<std::string>&) const override {
    double sum = 0;
    for (const Prediction& p : predictions)
      sum -= std::log(
          std::max(1e-12, static_cast<double>(p.probabilities.at(static_cast<std::size_t>(p.label)))));
    return predictions.empty() ? 0 : sum / static_cast<double>(predictions.size());
  }
};

}  // namespace log_loss

MetricInfo logLossInfo() {
  return {"log_loss", "Log loss",
          "Mean surprise at the right label, in nats; sees how sure wrong answers were.",
          "Good 1952, Rational decisions", false};
}

std::unique_ptr<Metric> makeLogLoss() { return std::make_unique<log_loss::LogLoss>(); }

}  // namespace attune
