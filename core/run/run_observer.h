#pragma once

#include "core/base/id.h"
#include "core/study/run_event.h"

namespace attune {

// Who is told what happens in runs. Called from a background thread, one call at a time for one run; must
// return quickly and must not call back into the caller.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  virtual void onEvent(RunId run, const RunEvent& event) = 0;
};

}  // namespace attune
