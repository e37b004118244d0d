#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <thread>

#include "app/cli_commands.h"
#include "core/run/dataset_store.h"
#include "core/run/host.h"

namespace attune {

int runWorker() {
  // The window stays quick, and the worker never outlives it.
  ::setpriority(PRIO_PROCESS, 0, 10);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // Activations are freed and allocated again in every step: keep the pages.
  ::mallopt(M_MMAP_THRESHOLD, 1 << 30);
  ::mallopt(M_TRIM_THRESHOLD, 512 << 20);

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
    // Lives as long as the process: the listener below is never joined.
    static StopToken stop;
    std::thread([] {
      std::string word;
      while (std::getline(std::cin, word)) {
        if (word == "stop") stop.request(StopKind::kKeep);
        if (word == "discard") stop.request(StopKind::kDiscard);
      }
      stop.request(StopKind::kDiscard);  // the other side is gone
    }).detach();
    makeThreadHost()->run(request, emit, stop);
  } catch (const Error& e) {
    emit(RunFailed{errorKindName(e.kind()), e.what(), e.hint()});
  }
  std::fflush(events);
  std::_Exit(kOk);  // the listener may be blocked in a read
}

}  // namespace attune
