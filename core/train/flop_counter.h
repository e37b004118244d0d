#pragma once

#include <cstdint>

namespace attune {

// Counts the floating point operations of all matrix products on this thread, backward passes included, while
// it lives; a multiplication and an addition are two. One at a time a thread.
class FlopCounter {
 public:
  FlopCounter();
  ~FlopCounter();
  FlopCounter(const FlopCounter&) = delete;
  FlopCounter& operator=(const FlopCounter&) = delete;

  double flops() const;

 private:
  std::uint64_t callback_ = 0;
};

}  // namespace attune
