#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/id.h"
#include "core/run/run_observer.h"

// Free of torch and of the language model: the window includes this.
namespace attune {

// Runs at the same time for a wish: one a core for 0.
int workerCount(int wanted);

struct RunQueueOptions {
  int workers = 0;                // runs at the same time; 0: one a core
  bool inProcess = false;         // threads of this process instead of child processes (tests)
  std::string workerProgram;      // path of attune-cli; empty: beside the running program
  double checkpointSeconds = 30;  // of training between two checkpoints
};

// Runs what is queued in one project file: takes runs in order, gives each to a free host (by default a child
// process), writes every event to the store, then tells the observer. All functions may be called from any
// thread; none blocks for longer than a state change in the store unless it says so.
class RunQueue {
 public:
  RunQueue(const std::string& projectPath, const RunQueueOptions& options, RunObserver& observer);
  // Runs that are still working are put aside: interrupted, with a checkpoint to go on from. What waits stays
  // queued. Blocks for at most some 5 s.
  ~RunQueue();

  // Takes these queued runs, after those submitted before.
  void submit(const std::vector<RunId>& runs);
  // Ends a run early: what it learned so far is evaluated and kept (stopped). One that has not begun is
  // cancelled.
  void stopAndKeep(RunId run);
  // Ends a run and throws its work away (cancelled).
  void discard(RunId run);
  void stopAndKeepAll();
  void discardAll();
  // Moves a waiting run to the front.
  void moveToFront(RunId run);
  // No new run is started while paused.
  void setPaused(bool paused);
  // Why the queue has paused by itself: the disk is full. It goes on by itself when there is room; empty: it
  // has not.
  std::string obstacle() const;

  std::vector<RunId> waiting() const;
  std::vector<RunId> working() const;
  bool isIdle() const;
  // Blocks until nothing waits or works, or the time is over; true when idle.
  bool waitUntilIdle(std::chrono::milliseconds limit) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace attune
