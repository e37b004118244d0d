#include "ui/run_bridge.h"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace attune {

namespace {

void merge(RunUpdate& update, const RunEvent& event) {
  std::visit(
      [&](const auto& e) {
        using T = std::decay_t<decltype(e)>;
        if constexpr (std::is_same_v<T, RunStarted>) {
          update.started = e;
        } else if constexpr (std::is_same_v<T, RunPhase>) {
          update.phase = e.phase;
        } else if constexpr (std::is_same_v<T, RunStep>) {
          update.steps.push_back(e);
        } else if constexpr (std::is_same_v<T, RunScored>) {
          update.scored.push_back(e);
        } else if constexpr (std::is_same_v<T, RunFinished>) {
          update.ended = e.state;
          update.reason = e.reason;
        } else if constexpr (std::is_same_v<T, RunFailed>) {
          update.ended = RunState::kFailed;
          update.reason = e.message;
        } else if constexpr (std::is_same_v<T, RunCancelled>) {
          update.ended = RunState::kCancelled;
        } else if constexpr (std::is_same_v<T, RunInterrupted>) {
          update.ended = RunState::kInterrupted;
          update.reason = e.reason;
        }
        // Predictions and files are read from the store when they are looked at.
      },
      event);
}

}  // namespace

RunBridge::RunBridge(QObject* parent) : QObject(parent) {
  timer_.setSingleShot(true);
  timer_.setTimerType(Qt::PreciseTimer);
  connect(&timer_, &QTimer::timeout, this, &RunBridge::deliver);
}

void RunBridge::onEvent(RunId run, const RunEvent& event) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    RunUpdate& update = pending_[run];
    update.run = run;
    merge(update, event);
    first = !std::exchange(scheduled_, true);
  }
  if (first) QMetaObject::invokeMethod(this, &RunBridge::schedule, Qt::QueuedConnection);
}

void RunBridge::schedule() {
  const qint64 elapsed = sinceLast_.isValid() ? sinceLast_.elapsed() : kMillisecondsBetweenBursts;
  timer_.start(static_cast<int>(std::max<qint64>(0, kMillisecondsBetweenBursts - elapsed)));
}

void RunBridge::deliver() {
  RunBurst updates;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [run, update] : pending_) updates.push_back(std::move(update));
    pending_.clear();
    scheduled_ = false;
  }
  sinceLast_.start();
  if (!updates.empty()) Q_EMIT burst(updates);
}

}  // namespace attune
