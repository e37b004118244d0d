#pragma once

#include <QObject>
#include <map>
#include <vector>

#include "ui/run_bridge.h"

namespace attune {

// What is known of a working run beyond the store.
struct LiveRun {
  std::int64_t step = 0;
  std::int64_t totalSteps = 0;
  std::int64_t trainableParameters = 0;
  double seconds = 0;  // of training
  double loss = 0;
  std::string phase;
  RunState state = RunState::kRunning;
  std::string reason;
  double validation = -1;  // newest validation accuracy; -1: none yet
  std::vector<RunStep> steps;
  std::vector<RunScored> curve;

  // Share of the training that is done, 0–1.
  double progress() const;
  // Seconds of training left; -1 while it cannot be told (before 5 % or 10 s).
  double secondsLeft() const;
};

// Follows the bursts of the bridge. UI thread only.
class LiveRuns : public QObject {
  Q_OBJECT

 public:
  explicit LiveRuns(RunBridge& bridge, QObject* parent = nullptr);

  const LiveRun* find(RunId run) const;
  void clear();

 Q_SIGNALS:
  void changed();                                            // at most ten times a second
  void runEnded(attune::RunId run, attune::RunState state);  // once a run

 private:
  void take(const RunBurst& updates);

  std::map<RunId, LiveRun> runs_;
};

}  // namespace attune
