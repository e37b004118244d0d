#pragma once

#include <string>
#include <vector>

#include "core/report/comparison.h"
#include "core/report/picture.h"

namespace attune {

// Something that a method is measured by. Accuracy is the better the more, everything else the less.
struct TradeoffAxis {
  std::string
      name;  // "accuracy", "train_seconds", "peak_bytes", "stored_bytes", "request_tokens", "answer_seconds"
  std::string title;  // with its unit
  bool moreIsBetter = false;
};
const std::vector<TradeoffAxis>& tradeoffAxes();

// Indexes of the configurations that no other one beats in one of the two without being worse in the other:
// the Pareto front, in order of `x`. Configurations for which one of the two is not known are left out.
std::vector<std::size_t> paretoFront(const Comparison& comparison, const TradeoffAxis& x,
                                     const TradeoffAxis& y);

// A point each configuration, accuracy with its interval, and the front as a line.
Picture tradeoffPicture(const Comparison& comparison, const TradeoffAxis& x, const TradeoffAxis& y);

}  // namespace attune
