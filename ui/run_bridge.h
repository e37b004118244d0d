#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QString>
#include <QTimer>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "core/run/run_observer.h"
#include "core/study/run_event.h"

namespace attune {

// All that happened in one run since the last burst.
struct RunUpdate {
  RunId run;
  std::optional<RunStarted> started;
  std::string phase;  // empty: unchanged
  std::vector<RunStep> steps;
  std::vector<RunScored> scored;
  std::optional<RunState> ended;
  std::string reason;
};
using RunBurst = std::vector<RunUpdate>;

// The only RunObserver of the window: events come in on any thread, bursts go out on the UI thread, at most
// ten a second however many events there are.
class RunBridge : public QObject, public RunObserver {
  Q_OBJECT

 public:
  static constexpr int kMillisecondsBetweenBursts = 100;

  explicit RunBridge(QObject* parent = nullptr);

  void onEvent(RunId run, const RunEvent& event) override;

 Q_SIGNALS:
  void burst(const attune::RunBurst& updates);

 private:
  void schedule();
  void deliver();

  std::mutex mutex_;
  std::map<RunId, RunUpdate> pending_;  // guarded by mutex_
  bool scheduled_ = false;              // guarded by mutex_
  QTimer timer_;
  QElapsedTimer sinceLast_;
};

}  // namespace attune
