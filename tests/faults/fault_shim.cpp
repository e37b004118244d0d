// Preloaded into a program under test: lets fsync and fdatasync fail from the FAULT_FSYNC-th call on, and the
// wall clock jump by days at every look at it (FAULT_CLOCK).

#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

namespace {

std::atomic<int> syncs{0};
std::atomic<unsigned> looks{0};

bool refuses() {
  const char* from = std::getenv("FAULT_FSYNC");
  return from != nullptr && ++syncs >= std::atoi(from);
}

time_t jump() {
  if (std::getenv("FAULT_CLOCK") == nullptr) return 0;
  constexpr time_t kDay = 86400;
  return (static_cast<time_t>(++looks * 2654435761u % 2000) - 1000) * kDay;
}

template <typename Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

int sync(const char* name, int fd) {
  if (!refuses()) return real<int (*)(int)>(name)(fd);
  errno = EIO;
  return -1;
}

}  // namespace

extern "C" {

int fsync(int fd) { return sync("fsync", fd); }
int fdatasync(int fd) { return sync("fdatasync", fd); }

int clock_gettime(clockid_t clock, timespec* now) noexcept {
  static const auto function = real<int (*)(clockid_t, timespec*)>("clock_gettime");
  const int result = function(clock, now);
  if (result == 0 && clock == CLOCK_REALTIME) now->tv_sec += jump();
  return result;
}

int gettimeofday(timeval* now, void* zone) noexcept {
  static const auto function = real<int (*)(timeval*, void*)>("gettimeofday");
  const int result = function(now, zone);
  if (result == 0) now->tv_sec += jump();
  return result;
}

time_t time(time_t* out) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}
}
