#pragma once

#include <string>
#include <vector>

#include "core/run/run_observer.h"
#include "core/store/store.h"

// Free of torch.
namespace attune {

// Writes the events of runs to a store of its own: steps in batches of at most a second, everything else at
// once. Used by one thread.
class StoreWriter final : public RunObserver {
 public:
  explicit StoreWriter(const std::string& projectPath) : store_(projectPath, OpenMode::kOpen) {}

  void onEvent(RunId run, const RunEvent& event) override;
  Store& store() { return store_; }

 private:
  void flush(RunId run);

  Store store_;
  std::vector<RunStep> steps_;
  double lastFlush_ = 0;
};

}  // namespace attune
