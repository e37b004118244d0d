#pragma once

#include <time.h>

#include <chrono>
#include <cstdint>

namespace attune {

// Wall time in milliseconds since 1970, UTC: only for showing when something happened.
inline std::int64_t utcMilliseconds() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// Monotonic seconds: for durations. Never jumps with the wall clock.
inline double monotonicSeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Seconds that this thread has computed: other programs on a busy machine do not count.
inline double threadCpuSeconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace attune
