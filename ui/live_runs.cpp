#include "ui/live_runs.h"

#include <algorithm>

#include "core/study/dataset_record.h"

namespace attune {

double LiveRun::progress() const {
  if (totalSteps <= 0) return 0;
  return std::clamp(static_cast<double>(step) / static_cast<double>(totalSteps), 0.0, 1.0);
}

double LiveRun::secondsLeft() const {
  const double done = progress();
  if (done <= 0 || (done < 0.05 && seconds < 10)) return -1;
  return seconds / done - seconds;
}

LiveRuns::LiveRuns(RunBridge& bridge, QObject* parent) : QObject(parent) {
  connect(&bridge, &RunBridge::burst, this, &LiveRuns::take);
}

const LiveRun* LiveRuns::find(RunId run) const {
  const auto found = runs_.find(run);
  return found == runs_.end() ? nullptr : &found->second;
}

void LiveRuns::clear() {
  runs_.clear();
  Q_EMIT changed();
}

void LiveRuns::take(const RunBurst& updates) {
  std::vector<std::pair<RunId, RunState>> ended;
  for (const RunUpdate& update : updates) {
    if (update.started) runs_[update.run] = {};  // also when it is run again
    LiveRun& live = runs_[update.run];
    if (update.started) {
      live.totalSteps = update.started->totalSteps;
      live.trainableParameters = update.started->trainableParameters;
    }
    if (!update.phase.empty()) live.phase = update.phase;
    for (const RunStep& step : update.steps) {
      live.step = step.step;
      live.seconds = step.seconds;
      live.loss = step.loss;
      live.steps.push_back(step);
    }
    for (const RunScored& scored : update.scored) {
      if (scored.split != kValidationSplit) continue;
      const auto accuracy = scored.scores.find("accuracy");
      if (accuracy != scored.scores.end()) live.validation = accuracy->second;
      if (!scored.isFinal) live.curve.push_back(scored);
    }
    if (update.ended) {
      live.state = *update.ended;
      live.reason = update.reason;
      ended.emplace_back(update.run, *update.ended);
    }
  }
  Q_EMIT changed();
  for (const auto& [run, state] : ended) Q_EMIT runEnded(run, state);
}

}  // namespace attune
