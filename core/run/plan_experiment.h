#pragma once

#include <cstdint>
#include <vector>

#include "core/run/make_study.h"
#include "core/study/experiment.h"

// Free of torch; window and command line plan experiments through this.
namespace attune {

struct ExperimentRequest {
  std::string experiment;  // name in the catalog
  StudyRequest study;      // methods as chosen: chooseMethods with the experiment's where nobody chose
  std::vector<std::int64_t> sizes;  // numbers of training rows; empty: experimentSizes
};

// The experiment as ordinary studies, one an arm, in the order in which they are run. Throws Error(kUsage)
// for sizes that the data does not have, Error(kUnsupported) where base or data rule the experiment out.
std::vector<Study> planExperiment(const ExperimentRequest& request);

// Numbers of training rows for a learning curve: from 8, or a row a label, in equal ratios to all `rows`.
std::vector<std::int64_t> experimentSizes(std::int64_t rows, std::int64_t labels);

// Why the experiment cannot be done with this base and data, in a sentence; empty: it can.
std::string experimentRefusal(const ExperimentInfo& info, Layout layout, bool freeAnswers);

// Words that mean nothing, one a label, as the parameter "label_words" has them.
std::string nonsenseWords(const std::vector<std::string>& labels);

}  // namespace attune
