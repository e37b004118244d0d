#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "core/base/json.h"
#include "core/study/run.h"

namespace attune {

// The answer to one example. `row` is StoredExample::row; `probabilities` has one entry a label and sums
// to 1. A free answer has a text instead: it counts as the right one (`predicted` = `label`) where the two
// match exactly after normalisation, else `predicted` is -1.
struct Prediction {
  std::int64_t row = 0;
  std::int64_t label = 0;  // the right answer
  std::int64_t predicted = 0;
  std::vector<float> probabilities = {};
  std::string text = {};          // what was written
  double logLikelihood = 0;       // of the right answer, nats; 0 where not measured
  std::int64_t answerTokens = 0;  // of the right answer, its end included; 0 where not measured
};

struct RunStarted {
  std::int64_t totalSteps = 0;
  std::int64_t trainableParameters = 0;
  std::int64_t totalParameters = 0;
  Json environment;
};
struct RunPhase {
  std::string phase;
};
struct RunStep {
  std::int64_t step = 0;  // 1-based optimiser step
  double loss = 0;        // mean over the step's examples, nats
  double learningRate = 0;
  double gradientNorm = 0;
  double seconds = 0;         // since the start of training
  std::int64_t examples = 0;  // seen so far
};
struct RunScored {
  std::string split;
  std::int64_t step = 0;
  std::map<std::string, double> scores;  // by metric name, without the split: "accuracy"
  bool isFinal = false;                  // of the kept state; else a point of the validation curve
};
struct RunPredicted {
  std::string split;
  std::vector<Prediction> predictions;
};
struct RunSaved {
  Artifact artifact;
};
struct RunFinished {
  RunState state = RunState::kFinished;  // or kStopped, kDiverged
  std::string reason;
  RunCost cost;
  std::vector<RunFinding> findings = {};
};
struct RunFailed {
  std::string kind;  // errorKindName
  std::string message;
  std::string hint;
};
struct RunCancelled {};
struct RunInterrupted {  // its process is gone
  std::string reason;
};

// One thing that just happened in a run.
using RunEvent = std::variant<RunStarted, RunPhase, RunStep, RunScored, RunPredicted, RunSaved, RunFinished,
                              RunFailed, RunCancelled, RunInterrupted>;

// The state that the event moves the run to; kRunning for events that do not end it.
RunState stateAfter(const RunEvent& event);

Json toJson(const RunEvent& event);  // {"event": "step", ...}
RunEvent runEventFromJson(const Json& json);

}  // namespace attune
