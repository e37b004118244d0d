#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/run/blas.h"
#include "core/run/host.h"

extern char** environ;  // NOLINT

namespace attune {
namespace process_host {

// This process's environment with one thread for every library that has threads of its own, for small
// products do not scale, and kernels for this processor: the libraries read these when they are loaded.
std::vector<std::string> childEnvironment(std::int64_t threads) {
  const std::string count = std::to_string(threads);
  std::vector<std::pair<std::string, std::string>> ours{{"OMP_NUM_THREADS", count},
                                                        {"OPENBLAS_NUM_THREADS", count},
                                                        {"MKL_NUM_THREADS", count},
                                                        {"OMP_WAIT_POLICY", "passive"}};
  if (const std::string kernels = betterBlasKernels(); !kernels.empty())
    ours.emplace_back("OPENBLAS_CORETYPE", kernels);
  std::vector<std::string> environment;
  for (char** entry = environ; *entry; ++entry) {
    const std::string text = *entry;
    bool replaced = false;
    for (const auto& [name, value] : ours) replaced = replaced || text.starts_with(name + "=");
    if (!replaced) environment.push_back(text);
  }
  for (const auto& [name, value] : ours) environment.push_back(name + "=" + value);
  return environment;
}

class Child {
 public:
  Child(const std::string& program, std::int64_t threads) : threads_(threads) {
    int in[2], out[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) != 0)
      throw Error(ErrorKind::kIo, "no pipe for the worker");
    if (::pipe2(out, O_CLOEXEC) != 0) {
      ::close(in[0]);
      ::close(in[1]);
      throw Error(ErrorKind::kIo, "no pipe for the worker");
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    // A group of its own: Ctrl+C in a terminal reaches the parent, which decides.
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);

    std::vector<std::string> environment = childEnvironment(threads);
    std::vector<char*> environmentPointers, arguments;
    for (std::string& entry : environment) environmentPointers.push_back(entry.data());
    environmentPointers.push_back(nullptr);
    std::string name = program, command = "worker";
    arguments = {name.data(), command.data(), nullptr};
    const int failed = ::posix_spawn(&pid_, program.c_str(), &actions, &attributes, arguments.data(),
                                     environmentPointers.data());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    ::close(in[0]);
    ::close(out[1]);
    input_ = in[1];
    output_ = out[0];
    if (failed != 0) {
      pid_ = -1;
      throw Error(ErrorKind::kIo, program + ": the worker cannot be started (" + std::strerror(failed) + ")",
                  "Check that attune-cli is installed beside the program.");
    }
  }
  ~Child() {
    if (input_ >= 0) ::close(input_);
    if (output_ >= 0) ::close(output_);
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      wait();
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  std::int64_t threads() const { return threads_; }
  // It has not ended, and has said nothing unasked.
  bool isReady() const {
    pollfd ready{output_, POLLIN, 0};
    return ::poll(&ready, 1, 0) == 0;
  }
  int output() const { return output_; }
  void kill() const {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
  }
  // A dead child must not end us with SIGPIPE, hence a socket instead of a pipe.
  void send(std::string line) const {
    line += '\n';
    const char* data = line.data();
    std::size_t left = line.size();
    while (left > 0) {
      const ssize_t put = ::send(input_, data, left, MSG_NOSIGNAL);
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) return;
      data += put;
      left -= static_cast<std::size_t>(put);
    }
  }
  // Bytes that it may have, where somebody set a limit; 0: nobody did. Before wait().
  std::int64_t memoryLimit() const {
    rlimit limit{};
    if (pid_ <= 0 || ::prlimit(pid_, RLIMIT_AS, nullptr, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
      return 0;
    return static_cast<std::int64_t>(limit.rlim_cur);
  }
  // Nothing more is sent.
  void hangUp() {
    if (input_ >= 0) ::close(input_);
    input_ = -1;
  }
  int wait() {
    int status = 0;
    while (pid_ > 0 && ::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }

 private:
  std::int64_t threads_;
  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
};

// How many processes the system has killed for want of memory since it started.
std::int64_t memoryKills() {
  std::ifstream in("/proc/vmstat");
  std::string name;
  std::int64_t count = 0;
  while (in >> name >> count)
    if (name == "oom_kill") return count;
  return 0;
}

// What the end of a worker means that has not said how its run ended: a crash would come again and is a
// failure; whoever was only killed can go on.
RunEvent endOf(int status, const std::string& phase, bool memoryWasShort, std::int64_t memoryLimit) {
  const std::string during = phase.empty() ? std::string() : " while " + phase;
  if (!WIFSIGNALED(status))
    return RunInterrupted{"the worker ended with code " + std::to_string(WEXITSTATUS(status)) + during};
  const int signal = WTERMSIG(status);
  const std::string what =
      during + " (signal " + std::to_string(signal) + ", " + std::string(strsignal(signal)) + ")";
  switch (signal) {
    case SIGSEGV:
    case SIGBUS:
    case SIGILL:
    case SIGFPE:
    case SIGABRT:
      if (memoryLimit > 0)  // libraries crash when they get none
        return RunFailed{"io",
                         "the worker crashed" + what + "; its memory is limited to " +
                             std::to_string(memoryLimit >> 20) + " MB, which may be why",
                         "Raise the limit (ulimit -v), or use a smaller batch size or base model; retry goes "
                         "on from the last checkpoint."};
      return RunFailed{"internal", "the worker crashed" + what,
                       "Retry goes on from the last checkpoint. If it crashes again, please report it with "
                       "the run's settings."};
    case SIGKILL:
      if (memoryWasShort)
        return RunFailed{"io", "the system killed the worker for want of memory" + what,
                         "Use a smaller batch size, fewer workers or a smaller base model; retry goes on "
                         "from the last checkpoint."};
      return RunInterrupted{"the worker was killed" + what};
    default:
      return RunInterrupted{"the worker was ended" + what};
  }
}

// The lines of a child up to its end; cut short, and the child killed, when `stop` asks for it.
std::string readAll(const Child& child, const StopToken& stop) {
  constexpr std::size_t kMost = 1 << 20;  // of one that talks nonsense
  std::string text;
  for (;;) {
    pollfd ready{child.output(), POLLIN, 0};
    const int count = ::poll(&ready, 1, 50);
    if (stop.requested() || text.size() > kMost) {
      child.kill();
      return {};
    }
    if (count <= 0) continue;
    char chunk[1 << 14];
    const ssize_t got = ::read(child.output(), chunk, sizeof chunk);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(chunk, static_cast<std::size_t>(got));
  }
}

// One that waits for the first run (startChildAhead).
class Ahead {
 public:
  void start(const std::string& program) {
    const std::lock_guard lock(mutex_);
    if (child_ && program_ == program) return;
    child_ = std::make_unique<Child>(program, 1);
    program_ = program;
  }
  std::unique_ptr<Child> take(const std::string& program) {
    const std::lock_guard lock(mutex_);
    return program_ == program ? std::move(child_) : nullptr;
  }

 private:
  std::mutex mutex_;
  std::string program_;
  std::unique_ptr<Child> child_;
};
Ahead& ahead() {
  static Ahead one;
  return one;
}

class ProcessHost final : public Host {
 public:
  ProcessHost(std::string program, std::function<int()> cores)
      : program_(std::move(program)), cores_(std::move(cores)) {}

  void run(const RunRequest& request, const EventSink& emit, const StopToken& stop) override {
    try {
      std::unique_ptr<Child> child = idle_ ? std::move(idle_) : ahead().take(program_);
      if (child && child->threads() == request.spec.threads && child->isReady()) {
        child->send(request.toJson().dump());
        const End end = watch(*child, emit, stop, /*mayBeDead=*/true);
        if (end == End::kWaits) idle_ = std::move(child);
        if (end != End::kSilent) return;
      }
      child = std::make_unique<Child>(program_, request.spec.threads);
      child->send(request.toJson().dump());
      if (watch(*child, emit, stop, /*mayBeDead=*/false) == End::kWaits) idle_ = std::move(child);
    } catch (const Error& e) {
      emit(RunFailed{errorKindName(e.kind()), e.what(), e.hint()});
    }
  }

  void rest() override { idle_.reset(); }

 private:
  enum class End {
    kWaits,   // the run has ended well, and the child waits for the next one
    kGone,    // the run has ended, and so has the child
    kSilent,  // the child had died before it heard of the run, which has not begun
  };
  End watch(Child& child, const EventSink& emit, const StopToken& stop, bool mayBeDead) const {
    constexpr double kPatience = 5;  // seconds to leave in
    const std::int64_t memoryKillsBefore = memoryKills();
    StopKind told = StopKind::kNone;
    double toldAt = 0;
    int cores = 0;
    bool heard = false, ended = false, well = false;
    std::string buffer, phase;
    for (;;) {
      pollfd ready{child.output(), POLLIN, 0};
      const int count = ::poll(&ready, 1, 50);
      if (const StopKind wish = stop.kind(); wish != told) {
        told = wish;
        toldAt = monotonicSeconds();
        child.send(wish == StopKind::kKeep ? "stop" : wish == StopKind::kSuspend ? "suspend" : "discard");
      }
      if (const int now = cores_ ? cores_() : 1; now != cores) {
        cores = now;
        child.send("cores " + std::to_string(cores));
      }
      if (told >= StopKind::kSuspend && monotonicSeconds() - toldAt > kPatience) child.kill();
      if (count <= 0) continue;
      char chunk[1 << 16];
      const ssize_t got = ::read(child.output(), chunk, sizeof chunk);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      buffer.append(chunk, static_cast<std::size_t>(got));
      std::size_t start = 0;
      for (std::size_t end; (end = buffer.find('\n', start)) != std::string::npos; start = end + 1) {
        const RunEvent event =
            runEventFromJson(parseJson(std::string_view(buffer).substr(start, end - start), "worker"));
        heard = true;
        const RunState state = stateAfter(event);
        ended = ended || isEnded(state);
        well = well || hasResult(state) || state == RunState::kDiverged;
        if (const auto* now = std::get_if<RunPhase>(&event)) phase = now->phase;
        emit(event);
      }
      buffer.erase(0, start);
      if (well && told == StopKind::kNone && buffer.empty()) return End::kWaits;
      if (ended) child.hangUp();  // it goes
    }
    const std::int64_t memoryLimit = child.memoryLimit();
    const int status = child.wait();
    if (ended) return End::kGone;
    if (mayBeDead && !heard && told == StopKind::kNone) return End::kSilent;
    if (told == StopKind::kDiscard)
      emit(RunCancelled{});
    else
      emit(endOf(status, phase, memoryKills() > memoryKillsBefore, memoryLimit));
    return End::kGone;
  }

  std::string program_;
  std::function<int()> cores_;
  std::unique_ptr<Child> idle_;  // has done its run and waits
};

}  // namespace process_host

Measured measureInChild(const std::string& program, const RunRequest& request, double seconds,
                        const StopToken& stop) {
  RunRequest wanted = request;
  wanted.measureSeconds = seconds;
  process_host::Child child(program, wanted.spec.threads);
  child.send(wanted.toJson().dump());
  const std::string text = process_host::readAll(child, stop);
  if (text.empty())
    throw Error(ErrorKind::kInternal, "the worker ended before it had measured anything",
                "Start the run: its row says what happened.");
  const Json answer = parseJson(trim(text), "worker");
  if (answer.has("event"))
    if (const RunEvent told = runEventFromJson(answer); const auto* failed = std::get_if<RunFailed>(&told))
      throw Error(ErrorKind::kInvalidInput, failed->message, failed->hint);
  return Measured::fromJson(answer);
}

void startChildAhead(const std::string& program) {
  try {
    process_host::ahead().start(program);
  } catch (const Error&) {
  }
}

std::unique_ptr<Host> makeProcessHost(const std::string& program, std::function<int()> cores) {
  return std::make_unique<process_host::ProcessHost>(program, std::move(cores));
}

}  // namespace attune
