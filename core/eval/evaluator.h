#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/base/stop_token.h"
#include "core/model/label_scores.h"
#include "core/study/run_event.h"

namespace attune {

struct EvaluationExample {
  std::vector<std::int64_t> ids;  // the filled prompt
  std::int64_t label = 0;         // the right answer
  std::int64_t row = 0;
};

// The model's answers in the order given. Probabilities are the softmax over the label scores; equal scores
// go to the lower label. Looks at `stop` between batches and returns what is done so far when asked to
// discard.
std::vector<Prediction> predictLabels(const LanguageModel& model,
                                      const std::vector<EvaluationExample>& examples,
                                      const LabelTokens& labels, const StopToken& stop);

// Every metric of the catalog, by name.
std::map<std::string, double> scorePredictions(const std::vector<Prediction>& predictions,
                                               std::int64_t labelCount);

}  // namespace attune
