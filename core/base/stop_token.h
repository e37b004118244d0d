#pragma once

#include <atomic>

namespace attune {

enum class StopKind {
  kNone,
  kKeep,     // end early, and evaluate what was learned
  kSuspend,  // leave at once, so that it can go on later
  kDiscard,
};

// How a long loop is asked to end early. Set from any thread; a stronger wish replaces a weaker one. Loops
// look at it at least every 100 ms.
class StopToken {
 public:
  void request(StopKind kind) {
    StopKind old = kind_.load();
    while (old < kind && !kind_.compare_exchange_weak(old, kind)) {
    }
  }
  StopKind kind() const { return kind_.load(std::memory_order_relaxed); }
  bool requested() const { return kind() != StopKind::kNone; }
  // What is not done yet will not be done now.
  bool leaves() const { return kind() >= StopKind::kSuspend; }

 private:
  std::atomic<StopKind> kind_{StopKind::kNone};
};

}  // namespace attune
