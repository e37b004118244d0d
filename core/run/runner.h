#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/base/stop_token.h"
#include "core/data/dataset.h"
#include "core/study/run_event.h"

// Free of torch.
namespace attune {

using EventSink = std::function<void(const RunEvent&)>;

struct RunInputs {
  RunSpec spec;
  std::shared_ptr<const Dataset> dataset;
  std::string filesFolder;        // the project's folder of files
  std::string runFolder;          // where this run's artefacts go, relative to filesFolder: "runs/7"
  double checkpointSeconds = 30;  // of training between two checkpoints
};

// Does one run from its specification alone and tells `emit` everything that happens, on the calling thread.
// A run that was left before its end goes on from its last checkpoint, with the same bytes as one never
// interrupted, and tells again what it told before. The last event is RunFinished, RunFailed, RunCancelled
// or, when it was suspended, RunInterrupted. Never throws: errors, also torch's, become RunFailed. Looks at
// `stop` between steps and batches. Sets libtorch's thread count for the process.
void executeRun(const RunInputs& inputs, const EventSink& emit, const StopToken& stop);

}  // namespace attune
