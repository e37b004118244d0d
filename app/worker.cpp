#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <iostream>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "app/cli_commands.h"
#include "app/services.h"
#include "core/base/text.h"
#include "core/model/parts.h"
#include "core/run/blas.h"
#include "core/run/dataset_store.h"
#include "core/run/host.h"
#include "core/run/run_queue.h"

namespace attune {

namespace {

constexpr std::string_view kCores = "cores ";

// What comes in: requests, a line of JSON each, and wishes about the run that is being done. Lives as long as
// the process: its listener is never joined.
class Desk {
 public:
  void open() {
    std::thread([this] { listen(); }).detach();
  }

  // More cores are never allowed, whoever offers them. Before open().
  void keepTo(int cores) { most_ = cores; }

  // Waits; nothing when the worker shall end.
  std::optional<std::string> next() {
    std::unique_lock lock(mutex_);
    // A signal cannot wake it up, so it looks.
    while (requests_.empty() && !leaving_) changed_.wait_for(lock, std::chrono::milliseconds(100));
    if (requests_.empty()) return std::nullopt;
    std::string request = std::move(requests_.front());
    requests_.pop_front();
    return request;
  }

  // Wishes go to this run from here on.
  const StopToken& begin() {
    const std::lock_guard lock(mutex_);
    run_ = &runs_.emplace_back();
    if (leaving_) leave();
    return runs_.back();
  }
  void end() {
    const std::lock_guard lock(mutex_);
    run_ = nullptr;
  }

  // The run that is being done goes on later, and no other begins. A signal handler may call it.
  void leave() {
    leaving_ = true;
    pass(StopKind::kSuspend);
  }

 private:
  void pass(StopKind wish) {
    if (StopToken* run = run_) run->request(wish);
  }

  void listen() {
    for (std::string line; std::getline(std::cin, line);) {
      const std::lock_guard lock(mutex_);
      if (line.starts_with("{")) requests_.push_back(line);
      if (line == "stop") pass(StopKind::kKeep);
      if (line == "suspend") pass(StopKind::kSuspend);
      if (line == "discard") pass(StopKind::kDiscard);
      if (line.starts_with(kCores))
        if (const auto count = parseInt(std::string_view(line).substr(kCores.size())))
          allowCores(std::min(static_cast<int>(*count), most_));
      changed_.notify_all();
    }
    // The other side is gone: put the run aside, but stay no longer than that takes.
    leave();
    changed_.notify_all();
    std::this_thread::sleep_for(std::chrono::seconds(30));
    std::_Exit(EXIT_FAILURE);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> requests_;
  std::deque<StopToken> runs_;  // one each, never freed: a signal may come at any time
  std::atomic<StopToken*> run_{nullptr};
  std::atomic<bool> leaving_{false};
  int most_ = 1;
};

Desk desk;

// Its peak of memory is the next run's own.
void forgetPeak() {
  ::malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << 5;
}

}  // namespace

int runWorker() {
  // The window stays quick, and where memory is short it is not the window that goes.
  ::setpriority(PRIO_PROCESS, 0, 10);
  std::ofstream("/proc/self/oom_score_adj") << 500;
  // Nobody may be listening any more when the last checkpoint is written.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGTERM, [](int) { desk.leave(); });
  keepFreedPages();
  desk.keepTo(reserveBlasMemory(std::min(workerCount(0), static_cast<int>(kLanes))));

  // Events leave through a descriptor of their own, so that nothing a library prints can get between them.
  std::FILE* events = ::fdopen(::dup(STDOUT_FILENO), "w");
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  const auto tell = [events](const std::string& line) {
    std::fwrite((line + "\n").data(), 1, line.size() + 1, events);
    std::fflush(events);
  };
  const auto emit = [&](const RunEvent& event) { tell(toJson(event).dump()); };

  desk.open();
  int done = 0;
  for (bool more = true; more;) {
    const std::optional<std::string> line = desk.next();
    if (!line) break;
    if (done++ > 0) forgetPeak();
    const StopToken& stop = desk.begin();
    try {
      const RunRequest request = RunRequest::fromJson(parseJson(*line, "standard input"));
      more = request.measureSeconds == 0;
      if (more)
        makeThreadHost()->run(request, emit, stop);
      else
        tell(measureRun(request.inputs(), request.measureSeconds).toJson().dump());
    } catch (const Error& e) {
      emit(RunFailed{errorKindName(e.kind()), e.what(), e.hint()});
    }
    desk.end();
  }
  std::fflush(events);
  std::_Exit(done > 0 ? kOk : kUsage);  // the listener may be blocked in a read
}

}  // namespace attune
