#pragma once

#include <memory>

#include "core/eval/catalog.h"

// One pair a metric; the catalog lists them. Defined in the file of the metric's name.
namespace attune {

class Metric;

MetricInfo accuracyInfo();
std::unique_ptr<Metric> makeAccuracy();

MetricInfo macroF1Info();
std::unique_ptr<Metric> makeMacroF1();

MetricInfo logLossInfo();
std::unique_ptr<Metric> makeLogLoss();

MetricInfo exactMatchInfo();
std::unique_ptr<Metric> makeExactMatch();

MetricInfo tokenF1Info();
std::unique_ptr<Metric> makeTokenF1();

MetricInfo rougeLInfo();
std::unique_ptr<Metric> makeRougeL();

MetricInfo perplexityInfo();
std::unique_ptr<Metric> makePerplexity();

}  // namespace attune
