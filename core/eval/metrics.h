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

}  // namespace attune
