#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <thread>

#include "app/cli_commands.h"
#include "app/services.h"
#include "core/run/dataset_store.h"
#include "core/run/host.h"

namespace attune {

namespace {

StopToken stop;  // lives as long as the process: the listener is never joined

}  // namespace

int runWorker() {
  // The window stays quick, and where memory is short it is not the window that goes.
  ::setpriority(PRIO_PROCESS, 0, 10);
  std::ofstream("/proc/self/oom_score_adj") << 500;
  // Nobody may be listening any more when the last checkpoint is written.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGTERM, [](int) { stop.request(StopKind::kSuspend); });
  keepFreedPages();

  // Events leave through a descriptor of their own, so that nothing a library prints can get between them.
  std::FILE* events = ::fdopen(::dup(STDOUT_FILENO), "w");
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  const auto emit = [events](const RunEvent& event) {
    const std::string line = toJson(event).dump() + "\n";
    std::fwrite(line.data(), 1, line.size(), events);
    std::fflush(events);
  };

  std::string line;
  if (!std::getline(std::cin, line)) return kUsage;
  try {
    const RunRequest request = RunRequest::fromJson(parseJson(line, "standard input"));
    std::thread([] {  // never joined
      std::string word;
      while (std::getline(std::cin, word)) {
        if (word == "stop") stop.request(StopKind::kKeep);
        if (word == "suspend") stop.request(StopKind::kSuspend);
        if (word == "discard") stop.request(StopKind::kDiscard);
      }
      // The other side is gone: put the run aside, but stay no longer than that takes.
      stop.request(StopKind::kSuspend);
      std::this_thread::sleep_for(std::chrono::seconds(30));
      std::_Exit(EXIT_FAILURE);
    })
        .detach();
    if (request.measureSeconds > 0) {
      const std::string measured =
          measureRun(request.inputs(), request.measureSeconds).toJson().dump() + "\n";
      std::fwrite(measured.data(), 1, measured.size(), events);
    } else {
      makeThreadHost()->run(request, emit, stop);
    }
  } catch (const Error& e) {
    emit(RunFailed{errorKindName(e.kind()), e.what(), e.hint()});
  }
  std::fflush(events);
  std::_Exit(kOk);  // the listener may be blocked in a read
}

}  // namespace attune
