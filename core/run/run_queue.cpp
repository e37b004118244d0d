#include "core/run/run_queue.h"

#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>

#include "core/base/error.h"
#include "core/run/host.h"
#include "core/run/store_writer.h"
#include "core/store/store.h"
#include "core/train/checkpoint.h"

namespace attune {
namespace run_queue {

std::string workerBesideThisProgram() {
  std::error_code failed;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failed);
  return failed ? "attune-cli" : (self.parent_path() / "attune-cli").string();
}

}  // namespace run_queue

struct RunQueue::Impl {
  std::string projectPath;
  RunQueueOptions options;
  RunObserver& observer;

  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  std::deque<RunId> waiting;
  std::map<RunId, std::shared_ptr<StopToken>> working;
  bool paused = false;
  std::string obstacle;
  bool closing = false;
  std::vector<std::thread> slots;
  int cores = 1;  // that all runs together may keep busy

  Impl(std::string path, const RunQueueOptions& o, RunObserver& who)
      : projectPath(std::move(path)), options(o), observer(who) {}

  // How many cores each run may keep busy: those that have nothing to do are shared by the runs that are
  // left.
  int coresEach() const {
    const std::lock_guard lock(mutex);
    const bool moreCome = !waiting.empty() && !paused && obstacle.empty();
    return moreCome || working.empty() ? 1 : cores / static_cast<int>(working.size());
  }

  // One slot: takes runs until the queue closes. Whatever is thrown is the run's failure, never the slot's.
  void work() {
    const std::unique_ptr<Host> host = makeHost();
    for (;;) {
      RunId run;
      std::shared_ptr<StopToken> stop;
      {
        std::unique_lock lock(mutex);
        const auto ready = [&] { return closing || (!paused && obstacle.empty() && !waiting.empty()); };
        if (!ready()) {
          lock.unlock();
          host->rest();
          lock.lock();
        }
        changed.wait(lock, ready);
        if (closing) return;
        run = waiting.front();
        waiting.pop_front();
        stop = std::make_shared<StopToken>();
        working[run] = stop;
      }
      try {
        doRun(*host, run, *stop);
      } catch (const Error& e) {
        const RunFailed reason{errorKindName(e.kind()), e.what(), e.hint()};
        if (e.kind() == ErrorKind::kDiskFull)
          waitForRoom(run, reason, *stop);
        else
          fail(run, reason);
      } catch (const std::exception& e) {
        fail(run, RunFailed{"internal", e.what(), "This is a fault of the program: please report it."});
      }
      {
        const std::lock_guard lock(mutex);
        working.erase(run);
      }
      changed.notify_all();
    }
  }

  // The queue itself could not go on with a run.
  void fail(RunId run, const RunFailed& reason) {
    try {
      Store store(projectPath, OpenMode::kOpen);
      store.apply(run, reason);
    } catch (const std::exception&) {
      // Then the project cannot be written at all; the observer still hears of it.
    }
    observer.onEvent(run, reason);
  }

  // The disk is full: nothing new begins, and the run waits in front until there is room, then goes on from
  // its last checkpoint.
  void waitForRoom(RunId run, const RunFailed& reason, const StopToken& stop) {
    constexpr auto kBetweenTries = std::chrono::seconds(2);
    constexpr std::uintmax_t kEnough = 4 << 20;  // for a checkpoint and what a run tells, roughly
    std::unique_lock lock(mutex);
    obstacle = reason.message + " (" + std::to_string(freeBytes() >> 10) +
               " KB are free). It goes on when there is room.";
    const RunInterrupted told{obstacle};
    lock.unlock();
    observer.onEvent(run, told);
    for (bool first = true;; first = false) {
      lock.lock();
      if (!first) changed.wait_for(lock, kBetweenTries, [&] { return closing || stop.requested(); });
      const bool ends = closing || stop.requested();
      lock.unlock();
      try {
        Store store(projectPath, OpenMode::kOpen);
        if (const RunState state = store.run(run).state; !isEnded(state) && state != RunState::kQueued)
          store.apply(run, told);
        if (ends) break;
        if (first || freeBytes() < kEnough) continue;
        if (store.changeState(run, RunState::kInterrupted, RunState::kQueued)) {
          const std::lock_guard again(mutex);
          waiting.push_front(run);
        }
        break;
      } catch (const Error&) {  // still full
        if (ends) break;
      }
    }
    const std::lock_guard last(mutex);
    obstacle.clear();
  }

  // On the project's disk; where that cannot be said, as many as there can be.
  std::uintmax_t freeBytes() const {
    std::error_code unknown;
    const auto folder = std::filesystem::absolute(projectPath).parent_path();
    return std::filesystem::space(folder, unknown).available;
  }

  std::unique_ptr<Host> makeHost() const {
    if (options.inProcess) return makeThreadHost();
    return makeProcessHost(
        options.workerProgram.empty() ? run_queue::workerBesideThisProgram() : options.workerProgram,
        [this] { return coresEach(); });
  }

  void doRun(Host& host, RunId id, const StopToken& stop) {
    StoreWriter writer(projectPath);
    if (!writer.store().claim(id, RunOwner::thisProcess())) return;  // somebody else was faster
    const Run run = writer.store().run(id);
    const RunRequest request{run.spec, projectPath, writer.store().filesFolder(),
                             "runs/" + std::to_string(id.value), options.checkpointSeconds};
    host.run(
        request,
        [&](const RunEvent& event) {
          if (const auto* failed = std::get_if<RunFailed>(&event);
              failed && failed->kind == errorKindName(ErrorKind::kDiskFull))
            throw Error(ErrorKind::kDiskFull, failed->message, failed->hint);
          writer.onEvent(id, event);
          observer.onEvent(id, event);
        },
        stop);
    // A worker may be killed between its last word and this.
    if (const RunState end = writer.store().run(id).state; hasResult(end) || end == RunState::kDiverged)
      removeCheckpoints((std::filesystem::path(request.filesFolder) / request.runFolder).string());
  }

  // Takes a run that has not begun out of the queue. False when it is not waiting.
  bool withdraw(RunId run) {
    {
      const std::lock_guard lock(mutex);
      const auto found = std::find(waiting.begin(), waiting.end(), run);
      if (found == waiting.end()) return false;
      waiting.erase(found);
    }
    Store store(projectPath, OpenMode::kOpen);
    if (store.changeState(run, RunState::kQueued, RunState::kCancelled))
      observer.onEvent(run, RunCancelled{});
    changed.notify_all();
    return true;
  }

  void ask(RunId run, StopKind kind) {
    if (withdraw(run)) return;
    const std::lock_guard lock(mutex);
    if (const auto found = working.find(run); found != working.end()) found->second->request(kind);
  }
};

int workerCount(int wanted) {
  return wanted > 0 ? wanted : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

RunQueue::RunQueue(const std::string& projectPath, const RunQueueOptions& options, RunObserver& observer)
    : impl_(std::make_unique<Impl>(projectPath, options, observer)) {
  // libtorch's thread count and its peak memory belong to the process: one run at a time in this one.
  const int count = options.inProcess ? 1 : workerCount(options.workers);
  impl_->cores = std::min(count, workerCount(0));
  for (int i = 0; i < count; ++i) impl_->slots.emplace_back([this] { impl_->work(); });
}

RunQueue::~RunQueue() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->closing = true;
    for (const auto& [run, stop] : impl_->working) stop->request(StopKind::kSuspend);
  }
  impl_->changed.notify_all();
  for (std::thread& slot : impl_->slots) slot.join();
}

void RunQueue::submit(const std::vector<RunId>& runs) {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->waiting.insert(impl_->waiting.end(), runs.begin(), runs.end());
  }
  impl_->changed.notify_all();
}

void RunQueue::stopAndKeep(RunId run) { impl_->ask(run, StopKind::kKeep); }
void RunQueue::discard(RunId run) { impl_->ask(run, StopKind::kDiscard); }

void RunQueue::stopAndKeepAll() {
  for (const RunId run : waiting()) impl_->withdraw(run);
  for (const RunId run : working()) impl_->ask(run, StopKind::kKeep);
}

void RunQueue::discardAll() {
  for (const RunId run : waiting()) impl_->withdraw(run);
  for (const RunId run : working()) impl_->ask(run, StopKind::kDiscard);
}

void RunQueue::moveToFront(RunId run) {
  const std::lock_guard lock(impl_->mutex);
  auto& waiting = impl_->waiting;
  if (const auto found = std::find(waiting.begin(), waiting.end(), run); found != waiting.end())
    std::rotate(waiting.begin(), found, found + 1);
}

void RunQueue::setPaused(bool paused) {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->paused = paused;
  }
  impl_->changed.notify_all();
}

std::string RunQueue::obstacle() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->obstacle;
}

std::vector<RunId> RunQueue::waiting() const {
  const std::lock_guard lock(impl_->mutex);
  return {impl_->waiting.begin(), impl_->waiting.end()};
}

std::vector<RunId> RunQueue::working() const {
  const std::lock_guard lock(impl_->mutex);
  std::vector<RunId> runs;
  for (const auto& [run, stop] : impl_->working) runs.push_back(run);
  return runs;
}

bool RunQueue::isIdle() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->waiting.empty() && impl_->working.empty();
}

bool RunQueue::waitUntilIdle(std::chrono::milliseconds limit) const {
  std::unique_lock lock(impl_->mutex);
  return impl_->changed.wait_for(lock, limit,
                                 [&] { return impl_->waiting.empty() && impl_->working.empty(); });
}

}  // namespace attune
