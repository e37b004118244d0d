#include "core/eval/catalog.h"

#include <array>

#include "core/base/error.h"
#include "core/eval/metric.h"
#include "core/eval/metrics.h"

namespace attune {
namespace metric_catalog {

struct Entry {
  MetricInfo (*info)();
  std::unique_ptr<Metric> (*make)();
};

constexpr std::array<Entry, 7> kEntries{{{accuracyInfo, makeAccuracy},
                                         {macroF1Info, makeMacroF1},
                                         {logLossInfo, makeLogLoss},
                                         {exactMatchInfo, makeExactMatch},
                                         {tokenF1Info, makeTokenF1},
                                         {rougeLInfo, makeRougeL},
                                         {perplexityInfo, makePerplexity}}};

}  // namespace metric_catalog

const std::vector<MetricInfo>& metricCatalog() {
  static const std::vector<MetricInfo> catalog = [] {
    std::vector<MetricInfo> list;
    for (const auto& e : metric_catalog::kEntries) list.push_back(e.info());
    return list;
  }();
  return catalog;
}

std::unique_ptr<Metric> makeMetric(const std::string& name) {
  for (const auto& e : metric_catalog::kEntries)
    if (e.info().name == name) return e.make();
  throw Error(ErrorKind::kUsage, "there is no metric '" + name + "'");
}

}  // namespace attune
