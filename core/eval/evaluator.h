#pragma once

#include <cstdint>
#include <functional>
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

// Contextual calibration (Zhao et al. 2021): probabilities divided by what each label gets without a
// question, and normalised; ties go to the lower label.
void calibrate(std::vector<Prediction>& predictions, const std::vector<double>& prior);

// The model's answers in the order given. Probabilities are the softmax over the label scores; equal scores
// go to the lower label. Looks at `stop` between batches and returns what is done so far when asked to
// discard.
std::vector<Prediction> predictLabels(const LanguageModel& model,
                                      const std::vector<EvaluationExample>& examples,
                                      const LabelTokens& labels, const StopToken& stop);

// A question with a free answer.
struct AnswerExample {
  std::vector<std::int64_t> ids;     // the filled prompt
  std::vector<std::int64_t> answer;  // ids of the right answer, its end included
  std::int64_t label = 0;            // the right answer's place in the dataset's labels
  std::int64_t row = 0;
};

// What the model writes, greedily, at most `maxNewTokens` a question, as text by `decode`; with the
// likelihood of the right answer (texts `labels`). Looks at `stop` as above.
std::vector<Prediction> predictAnswers(
    const LanguageModel& model, const std::vector<AnswerExample>& examples,
    const std::vector<std::string>& labels, std::int64_t maxNewTokens,
    const std::vector<std::int64_t>& endIds,
    const std::function<std::string(const std::vector<std::int64_t>&)>& decode, const StopToken& stop);
// How likely the model finds the right answers: predictions with logLikelihood and answerTokens alone. Looks
// at `stop` as above.
std::vector<Prediction> likelihoods(const LanguageModel& model, const std::vector<AnswerExample>& examples,
                                    const StopToken& stop);
// Mean negative log-likelihood of the right answers' tokens, nats.
double answerNegativeLogLikelihood(const LanguageModel& model, const std::vector<AnswerExample>& examples,
                                   const StopToken& stop);

// Every metric of the catalog that fits, by name; accuracy always.
std::map<std::string, double> scorePredictions(const std::vector<Prediction>& predictions,
                                               const std::vector<std::string>& labels, bool freeAnswers);

}  // namespace attune
