#pragma once

#include <cstdint>
#include <vector>

#include "core/eval/catalog.h"
#include "core/study/run_event.h"

namespace attune {

// A number that judges answers. Stateless and pure: the same predictions give the same score.
class Metric {
 public:
  virtual ~Metric() = default;
  virtual double score(const std::vector<Prediction>& predictions, std::int64_t labelCount) const = 0;
};

}  // namespace attune
