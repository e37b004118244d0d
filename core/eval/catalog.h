#pragma once

#include <memory>
#include <string>
#include <vector>

// Free of torch.
namespace attune {

class Metric;

struct MetricInfo {
  std::string name;  // "accuracy"
  std::string title;
  std::string summary;
  std::string source;
  bool higherIsBetter = true;
  bool freeAnswers = false;  // of written texts; else of labels
};

const std::vector<MetricInfo>& metricCatalog();
std::unique_ptr<Metric> makeMetric(const std::string& name);

}  // namespace attune
