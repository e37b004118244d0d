#include "core/eval/metric.h"
#include "core/eval/metrics.h"

namespace attune {
namespace macro_f1 {

// Mean over the classes of 2·right / (predicted + true); a class that occurs in neither is left out.
class MacroF1 final : public Metric {
 public:
  double score(const std::vector<Prediction>& predictions,
               const std::vector<std::string>& labels) const override {
    const auto n = labels.size();
    std::vector<std::int64_t> right(n), predicted(n), truth(n);
    for (const Prediction& p : predictions) {
      ++predicted[static_cast<std::size_t>(p.predicted)];
      ++truth[static_cast<std::size_t>(p.label)];
      if (p.predicted == p.label) ++right[static_cast<std::size_t>(p.label)];
    }
    double sum = 0;
    std::int64_t classes = 0;
    for (std::size_t k = 0; k < n; ++k) {
      if (predicted[k] + truth[k] == 0) continue;
      sum += 2.0 * static_cast<double>(right[k]) / static_cast<double>(predicted[k] + truth[k]);
      ++classes;
    }
    return classes == 0 ? 0 : sum / static_cast<double>(classes);
  }
};

}  // namespace macro_f1

MetricInfo macroF1Info() {
  return {"macro_f1", "Macro F1", "Mean over the labels of the balance between precision and recall.",
          "Van Rijsbergen 1979", true};
}

std::unique_ptr<Metric> makeMacroF1() { return std::make_unique<macro_f1::MacroF1>(); }

}  // namespace attune
