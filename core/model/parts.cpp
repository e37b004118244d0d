#include "core/model/parts.h"

#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace attune {
namespace parts {

std::atomic<int> allowed{1};

// Parts that wait to be taken; whoever has time takes the next.
struct Job {
  Job(std::size_t n, const std::function<void(std::size_t)>& w) : count(n), work(w), thrown(n) {}

  void take() {
    for (std::size_t part; (part = next++) < count;) {
      partState().part = part;
      try {
        work(part);
      } catch (...) {
        thrown[part] = std::current_exception();
      }
    }
  }

  const std::size_t count;
  const std::function<void(std::size_t)>& work;
  std::atomic<std::size_t> next{0};
  std::vector<std::exception_ptr> thrown;
  const PartState state = partState();
  const bool gradients = c10::GradMode::is_enabled();
  const int threads = at::get_num_threads();
};

// Threads that wait for parts as long as the process lives: what libraries prepare for a thread stays.
class Helpers {
 public:
  // `count` helpers work on it beside the caller.
  void run(Job& job, std::size_t count) {
    {
      const std::lock_guard lock(mutex_);
      while (threads_ < count) {
        std::thread([this, lane = threads_ + 1] { work(lane); }).detach();
        ++threads_;
      }
      job_ = &job;
      wanted_ = count;
    }
    changed_.notify_all();
    job.take();
    std::unique_lock lock(mutex_);
    wanted_ = 0;  // who has not come by now is not needed
    done_.wait(lock, [&] { return busy_ == 0; });
    job_ = nullptr;
  }

 private:
  void work(std::size_t lane) {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return wanted_ > 0; });
      --wanted_;
      ++busy_;
      Job& job = *job_;
      lock.unlock();
      partState() = job.state;
      partState().lane = lane;
      if (at::get_num_threads() != job.threads) at::set_num_threads(job.threads);
      {
        const c10::AutoGradMode mode(job.gradients);
        job.take();
      }
      lock.lock();
      if (--busy_ == 0) done_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_, done_;
  Job* job_ = nullptr;
  std::size_t wanted_ = 0, busy_ = 0, threads_ = 0;
};

// Never destroyed: its threads go with the process.
Helpers& helpers() {
  static auto* const made = new Helpers;
  return *made;
}

}  // namespace parts

PartState& partState() {
  thread_local PartState state;
  return state;
}

void allowCores(int count) { parts::allowed = std::clamp(count, 1, static_cast<int>(kLanes)); }
int allowedCores() { return parts::allowed; }

void inParts(std::size_t count, const std::function<void(std::size_t)>& work) {
  parts::Job job(count, work);
  const std::size_t cores = std::min(count, static_cast<std::size_t>(allowedCores()));
  if (cores > 1)
    parts::helpers().run(job, cores - 1);
  else
    job.take();
  partState() = job.state;
  for (const std::exception_ptr& failure : job.thrown)
    if (failure) std::rethrow_exception(failure);
}

}  // namespace attune
