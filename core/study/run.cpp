#include "core/study/run.h"

#include <array>
#include <limits>
#include <utility>

#include "core/base/error.h"

namespace attune {
namespace {

constexpr std::array<std::pair<RunState, const char*>, 9> kStateNames{{
    {RunState::kQueued, "queued"},
    {RunState::kStarting, "starting"},
    {RunState::kRunning, "running"},
    {RunState::kFinished, "finished"},
    {RunState::kStopped, "stopped"},
    {RunState::kCancelled, "cancelled"},
    {RunState::kInterrupted, "interrupted"},
    {RunState::kFailed, "failed"},
    {RunState::kDiverged, "diverged"},
}};

}  // namespace

const char* runStateName(RunState state) {
  for (const auto& [value, name] : kStateNames)
    if (value == state) return name;
  return "failed";
}

RunState runStateFromName(std::string_view name) {
  for (const auto& [value, text] : kStateNames)
    if (name == text) return value;
  throw Error(ErrorKind::kInvalidInput, "'" + std::string(name) + "' is not a state of a run");
}

bool isEnded(RunState state) {
  return state != RunState::kQueued && state != RunState::kStarting && state != RunState::kRunning;
}

bool hasResult(RunState state) { return state == RunState::kFinished || state == RunState::kStopped; }

bool isUndone(RunState state) { return !hasResult(state) && state != RunState::kCancelled; }

bool mayChange(RunState from, RunState to) {
  switch (from) {
    case RunState::kQueued:
      return to == RunState::kStarting || to == RunState::kCancelled;
    case RunState::kStarting:
      return to == RunState::kRunning || to == RunState::kFailed || to == RunState::kInterrupted ||
             to == RunState::kCancelled || to == RunState::kQueued;
    case RunState::kRunning:
      return isEnded(to);
    // Retry and resume.
    case RunState::kInterrupted:
    case RunState::kFailed:
    case RunState::kCancelled:
    case RunState::kDiverged:
      return to == RunState::kQueued;
    case RunState::kFinished:
    case RunState::kStopped:
      return false;
  }
  return false;
}

const RunFinding* curableFinding(const Run& run) {
  for (const RunFinding& finding : run.findings)
    if (!finding.setting.empty()) return &finding;
  return nullptr;
}

Json RateTrial::toJson() const {
  return Json()
      .set("learning_rate", learningRate)
      .set("accuracy", accuracy)
      .set("log_loss", logLoss)
      .set("diverged", diverged)
      .set("seconds", seconds);
}

RateTrial RateTrial::fromJson(const Json& json) {
  return {json.numberOr("learning_rate", 0), json.numberOr("accuracy", 0), json.numberOr("log_loss", 0),
          json.boolOr("diverged", false), json.numberOr("seconds", 0)};
}

double RunCost::knownTrainSeconds() const {
  const bool elsewhere = trainableParameters > 0 && steps == 0;
  return elsewhere ? std::numeric_limits<double>::quiet_NaN() : trainSeconds;
}

Json RunCost::toJson() const {
  Json json = Json()
                  .set("train_seconds", trainSeconds)
                  .set("eval_seconds", evalSeconds)
                  .set("active_seconds", activeSeconds)
                  .set("peak_bytes", peakBytes)
                  .set("stored_bytes", storedBytes)
                  .set("trainable_parameters", trainableParameters)
                  .set("total_parameters", totalParameters)
                  .set("steps", steps)
                  .set("train_tokens", trainTokens)
                  .set("tokens_per_second", tokensPerSecond)
                  .set("seconds_per_prediction", secondsPerPrediction)
                  .set("prompt_tokens_per_request", promptTokensPerRequest)
                  .set("kernel_efficiency", kernelEfficiency)
                  .set("useful_share", usefulShare)
                  .set("floor_ratio", floorRatio)
                  .set("energy_joules", energyJoules > 0 ? Json(energyJoules) : Json())
                  .set("executed_flops", executedFlops)
                  .set("gemm_gflops", gemmGflops)
                  .set("learning_rate", learningRate);
  if (search.empty()) return json;
  Json trials = Json::array();
  for (const RateTrial& trial : search) trials.push(trial.toJson());
  return json.set("search", std::move(trials));
}

RunCost RunCost::fromJson(const Json& json) {
  RunCost cost;
  cost.trainSeconds = json.numberOr("train_seconds", 0);
  cost.evalSeconds = json.numberOr("eval_seconds", 0);
  cost.activeSeconds = json.numberOr("active_seconds", 0);
  cost.peakBytes = json.intOr("peak_bytes", 0);
  cost.storedBytes = json.intOr("stored_bytes", 0);
  cost.trainableParameters = json.intOr("trainable_parameters", 0);
  cost.totalParameters = json.intOr("total_parameters", 0);
  cost.steps = json.intOr("steps", 0);
  cost.trainTokens = json.intOr("train_tokens", 0);
  cost.tokensPerSecond = json.numberOr("tokens_per_second", 0);
  cost.secondsPerPrediction = json.numberOr("seconds_per_prediction", 0);
  cost.promptTokensPerRequest = json.numberOr("prompt_tokens_per_request", 0);
  cost.kernelEfficiency = json.numberOr("kernel_efficiency", 0);
  cost.usefulShare = json.numberOr("useful_share", 0);
  cost.floorRatio = json.numberOr("floor_ratio", 0);
  cost.energyJoules = json.numberOr("energy_joules", 0);
  cost.executedFlops = json.numberOr("executed_flops", 0);
  cost.gemmGflops = json.numberOr("gemm_gflops", 0);
  cost.learningRate = json.numberOr("learning_rate", 0);
  if (const Json* trials = json.find("search"); trials && trials->isArray())
    for (const Json& trial : trials->items()) cost.search.push_back(RateTrial::fromJson(trial));
  return cost;
}

}  // namespace attune
