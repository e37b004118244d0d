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

inline double clockSeconds(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Seconds that this thread, or all threads of this process together, have computed: other programs on a busy
// machine do not count.
inline double threadCpuSeconds() { return clockSeconds(CLOCK_THREAD_CPUTIME_ID); }
inline double processCpuSeconds() { return clockSeconds(CLOCK_PROCESS_CPUTIME_ID); }

}  // namespace attune
