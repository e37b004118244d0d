#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/id.h"
#include "core/base/json.h"
#include "core/study/run_finding.h"
#include "core/study/run_spec.h"

namespace attune {

enum class RunState {
  kQueued,
  kStarting,
  kRunning,
  kFinished,
  kStopped,      // stopped by the user, best state kept and evaluated
  kCancelled,    // discarded by the user
  kInterrupted,  // its process is gone
  kFailed,
  kDiverged,
};

const char* runStateName(RunState state);  // as in the command line's contract: "queued", ...
RunState runStateFromName(std::string_view name);
bool isEnded(RunState state);  // no process works on it any more
// It has no result, and nobody threw it away.
bool isUndone(RunState state);
bool hasResult(RunState state);  // finished or stopped: it has test scores
bool mayChange(RunState from, RunState to);

// One training of a search for the learning rate, judged on validation.
struct RateTrial {
  double learningRate = 0;
  double accuracy = 0;
  double logLoss = 0;
  bool diverged = false;
  double seconds = 0;

  Json toJson() const;
  static RateTrial fromJson(const Json& json);
};

// What a run cost, measured. Times in seconds, sizes in bytes.
struct RunCost {
  double trainSeconds = 0;     // training and its validations, without loading and the final evaluation
  double evalSeconds = 0;      // the final evaluation
  double activeSeconds = 0;    // everything
  std::int64_t peakBytes = 0;  // peak resident memory of the worker
  std::int64_t storedBytes = 0;
  std::int64_t trainableParameters = 0;
  std::int64_t totalParameters = 0;  // of the base model; 0: none is used
  std::int64_t steps = 0;
  std::int64_t trainTokens = 0;  // processed in training, virtual tokens and padding excluded
  double tokensPerSecond = 0;    // of training
  double secondsPerPrediction = 0;
  double promptTokensPerRequest = 0;  // tokens of a request beyond the bare text: template and virtual tokens
  // Of training: share of the time that matrix products at the measured rate would have taken, and share of
  // the operations that real tokens needed; of the whole run: share of its time that the fewest operations
  // would have taken. 0: not measured.
  double kernelEfficiency = 0;
  double usefulShare = 0;
  double floorRatio = 0;
  // Of the whole machine, while the run lasted. 0: no counter can be read, or it went on from a checkpoint.
  double energyJoules = 0;
  double executedFlops = 0;       // of training, in matrix products
  double gemmGflops = 0;          // in the precision of training, beside the steps or at the start; 0: not
  double learningRate = 0;        // of the training that was kept; 0: nothing was trained
  std::vector<RateTrial> search;  // all trainings, in order; empty: there was no search

  // Not a number where what was trained was not trained here.
  double knownTrainSeconds() const;

  Json toJson() const;
  static RunCost fromJson(const Json& json);
};

// A file that a run left behind. `path` is relative to the project's folder of files.
struct Artifact {
  std::string kind;  // "adapter", "checkpoint"
  std::string path;
  std::int64_t bytes = 0;
  std::string sha256;
};

struct Run {
  RunId id;
  RunSpec spec;
  RunState state = RunState::kQueued;
  std::string reason;  // why it failed, was interrupted, stopped early: a sentence
  std::string phase;   // "loading", "training", "evaluating", "saving" while it runs
  std::int64_t createdMs = 0;
  std::int64_t startedMs = 0;
  std::int64_t endedMs = 0;
  std::int64_t step = 0;
  std::int64_t totalSteps = 0;
  std::map<std::string, double> scores;  // "test.accuracy", "validation.accuracy", "test.macro_f1"; 0–1
  RunCost cost;
  std::vector<RunFinding> findings;
  Json environment;  // versions, CPU, threads, warnings
  std::vector<Artifact> artifacts;
};

// The first of a run's findings that a setting would cure; nullptr: there is none.
const RunFinding* curableFinding(const Run& run);

}  // namespace attune
