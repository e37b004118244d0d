#pragma once

#include <string>
#include <vector>

#include "core/eval/catalog.h"
#include "core/study/run_event.h"

namespace attune {

// A number that judges answers; `labels` are the dataset's, so the right answer to a prediction is
// labels[prediction.label]. Stateless and pure: the same predictions give the same score.
class Metric {
 public:
  virtual ~Metric() = default;
  virtual double score(const std::vector<Prediction>& predictions,
                       const std::vector<std::string>& labels) const = 0;
};

}  // namespace attune
