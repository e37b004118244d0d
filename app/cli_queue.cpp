#include "app/cli_queue.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <map>
#include <mutex>

#include "app/services.h"
#include "core/report/number_text.h"
#include "core/run/run_queue.h"

namespace attune {
namespace {

std::atomic<int> interruptions{0};
std::atomic<bool> ending{false};  // the system wants the program to end
void onInterrupt(int) { ++interruptions; }
void onTermination(int) { ending = true; }

class ProgressObserver final : public RunObserver {
 public:
  void onEvent(RunId run, const RunEvent& event) override {
    const std::lock_guard lock(mutex_);
    if (const auto* started = std::get_if<RunStarted>(&event)) total_[run] = started->totalSteps;
    if (const auto* step = std::get_if<RunStep>(&event)) step_[run] = step->step;
    if (const auto* scored = std::get_if<RunScored>(&event);
        scored && scored->isFinal && scored->split == kTestSplit)
      if (const auto found = scored->scores.find("accuracy"); found != scored->scores.end())
        accuracy_[run] = found->second;
    if (isEnded(stateAfter(event))) ended_[run] = event;
  }

  // What ended since the last call.
  std::map<RunId, RunEvent> takeEnded() {
    const std::lock_guard lock(mutex_);
    return std::exchange(ended_, {});
  }
  std::string progress(RunId run) {
    const std::lock_guard lock(mutex_);
    if (total_[run] == 0) return "…";
    return std::to_string(100 * step_[run] / total_[run]) + " %";
  }
  double accuracy(RunId run) {
    const std::lock_guard lock(mutex_);
    const auto found = accuracy_.find(run);
    return found == accuracy_.end() ? -1 : found->second;
  }

 private:
  std::mutex mutex_;
  std::map<RunId, std::int64_t> total_, step_;
  std::map<RunId, double> accuracy_;
  std::map<RunId, RunEvent> ended_;
};

std::string endText(const RunEvent& event, double accuracy) {
  if (const auto* failed = std::get_if<RunFailed>(&event))
    return "failed: " + failed->message + " " + failed->hint;
  if (const auto* gone = std::get_if<RunInterrupted>(&event)) return "interrupted: " + gone->reason;
  std::string text = runStateName(stateAfter(event));
  if (accuracy >= 0) text += ", " + percentText(accuracy) + " of the test rows right";
  if (const auto* finished = std::get_if<RunFinished>(&event))
    text += ", " + durationText(finished->cost.activeSeconds);
  return text;
}

}  // namespace

bool workThrough(Store& store, const std::vector<RunId>& runs, int workers, const Output& output) {
  std::vector<RunId> queued;
  std::map<RunId, std::string> names;
  for (const RunId id : runs) {
    const Run run = store.run(id);
    if (run.state != RunState::kQueued || names.contains(id)) continue;
    queued.push_back(id);
    names[id] = run.spec.method + ", seed " + std::to_string(run.spec.seed);
  }
  if (queued.empty()) return false;
  ProgressObserver observer;
  RunQueueOptions options;
  options.workers = workers;
  options.workerProgram = findWorkerProgram();
  interruptions = 0;
  ending = false;
  const auto before = std::signal(SIGINT, onInterrupt);
  const auto beforeTerm = std::signal(SIGTERM, onTermination);
  const auto beforeHangUp = std::signal(SIGHUP, onTermination);
  bool interrupted = false;
  {
    RunQueue queue(store.path(), options, observer);
    queue.submit(queued);
    int obeyed = 0;
    std::size_t done = 0;
    bool idle = false;
    while (!idle) {
      idle = queue.waitUntilIdle(std::chrono::milliseconds(200));
      if (ending && !idle) {
        interrupted = true;
        output.say("Ending. What is not done goes on with: attune-cli resume --project " + store.path());
        break;  // the queue puts its runs aside
      }
      if (const int wish = interruptions; wish > obeyed) {
        obeyed = wish;
        interrupted = true;
        output.say(wish == 1 ? "Stopping; what was learned so far is kept. Press Ctrl+C again to discard."
                             : "Discarding.");
        if (wish == 1)
          queue.stopAndKeepAll();
        else
          queue.discardAll();
      }
      if (output.showsProgress()) std::fputs("\r\033[K", stderr);
      for (const auto& [run, event] : observer.takeEnded())
        output.say("[" + std::to_string(++done) + "/" + std::to_string(queued.size()) + "] " + names[run] +
                   ": " + endText(event, observer.accuracy(run)));
      if (output.showsProgress() && !idle) {
        std::string line;
        for (const RunId run : queue.working()) line += names[run] + " " + observer.progress(run) + "   ";
        std::fputs(line.c_str(), stderr);
      }
    }
  }
  std::signal(SIGINT, before);
  std::signal(SIGTERM, beforeTerm);
  std::signal(SIGHUP, beforeHangUp);
  return interrupted;
}

bool sayUndone(const std::vector<Run>& runs, const Output& output) {
  bool any = false;
  for (const Run& run : runs) {
    if (!isUndone(run.state)) continue;
    any = true;
    if (!run.reason.empty())
      output.say(run.spec.method + ", seed " + std::to_string(run.spec.seed) + ": " +
                 runStateName(run.state) + ": " + run.reason);
  }
  return any;
}

StudyId chosenStudy(Store& store, std::int64_t number) {
  if (number != 0) return store.study(StudyId{number}).id;
  const auto studies = store.studies();
  if (studies.empty())
    throw Error(ErrorKind::kNotFound, store.path() + ": there is no study yet",
                "Run one first: attune-cli compare --project " + store.path() + " --data FILE.");
  return studies.back().id;
}

}  // namespace attune
