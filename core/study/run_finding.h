#pragma once

#include <string>
#include <vector>

#include "core/base/json.h"

namespace attune {

// Something about a training that makes its result worse than the method is, and what would cure it.
struct RunFinding {
  std::string rule;     // "collapsed", "flat_loss", … (core/train/doctor.h)
  std::string text;     // a sentence with the numbers
  std::string cure;     // what to do, a sentence
  std::string setting;  // the parameter that would be changed, and its new value; empty: no setting cures it
  std::string value;

  friend bool operator==(const RunFinding&, const RunFinding&) = default;
};

Json toJson(const std::vector<RunFinding>& findings);
std::vector<RunFinding> findingsFromJson(const Json& json);

}  // namespace attune
