#include "core/run/store_writer.h"

#include <utility>

#include "core/base/clock.h"

namespace attune {

void StoreWriter::onEvent(RunId run, const RunEvent& event) {
  if (const auto* step = std::get_if<RunStep>(&event)) {
    steps_.push_back(*step);
    if (steps_.size() >= 100 || monotonicSeconds() - lastFlush_ >= 1) flush(run);
    return;
  }
  flush(run);
  store_.apply(run, event);
}

void StoreWriter::flush(RunId run) {
  lastFlush_ = monotonicSeconds();
  // Taken out first: steps that cannot be written must never turn up in the next run.
  const std::vector<RunStep> steps = std::exchange(steps_, {});
  if (!steps.empty()) store_.appendSteps(run, steps);
}

}  // namespace attune
