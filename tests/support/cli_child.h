#pragma once

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

extern char** environ;  // NOLINT

// Programs run as child processes, without a shell, watched until they end or their time is over.
namespace attune::cli {

struct Options {
  std::string folder;                              // working folder; also HOME
  std::string input;                               // standard input
  std::map<std::string, std::string> environment;  // added to a clean one
  int seconds = 60;                                // then it is killed
  std::string program = ATTUNE_CLI;
};

struct Result {
  int exitCode = -1;  // -1: ended by a signal
  int signal = 0;
  bool timedOut = false;
  std::string out;
  std::string err;
};

// This process's environment without display, home and settings of the program's own.
inline std::vector<std::string> cleanEnvironment(const Options& options) {
  std::map<std::string, std::string> values;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    const std::string name(text.substr(0, equals));
    if (name == "DISPLAY" || name == "WAYLAND_DISPLAY" || name.starts_with("XDG_") ||
        name.starts_with("ATTUNE_"))
      continue;
    values[name] = text.substr(equals + 1);
  }
  values["HOME"] = options.folder;
  for (const auto& [name, value] : options.environment) values[name] = value;
  std::vector<std::string> list;
  for (const auto& [name, value] : values) list.push_back(name + "=" + value);
  return list;
}

class Child {
 public:
  Child(std::vector<std::string> arguments, const Options& options) : options_(options) {
    int in[2], out[2], err[2];
    if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0)
      throw std::runtime_error("no pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_adddup2(&actions, err[1], 2);
    if (!options.folder.empty()) posix_spawn_file_actions_addchdir_np(&actions, options.folder.c_str());
    arguments.insert(arguments.begin(), options.program);
    std::vector<std::string> environment = cleanEnvironment(options);
    std::vector<char*> argv, envp;
    for (std::string& a : arguments) argv.push_back(a.data());
    for (std::string& e : environment) envp.push_back(e.data());
    argv.push_back(nullptr);
    envp.push_back(nullptr);
    const int failed =
        ::posix_spawn(&pid_, options.program.c_str(), &actions, nullptr, argv.data(), envp.data());
    posix_spawn_file_actions_destroy(&actions);
    for (const int end : {in[0], out[1], err[1]}) ::close(end);
    out_ = out[0];
    err_ = err[0];
    if (failed != 0) {
      ::close(in[1]);
      pid_ = -1;
      throw std::runtime_error(options.program + ": " + std::strerror(failed));
    }
    // Small inputs only: what does not fit the pipe would block.
    if (!options.input.empty() && ::write(in[1], options.input.data(), options.input.size()) < 0)
      result_.err += "(the input could not be written)";
    ::close(in[1]);
    deadline_ = std::chrono::steady_clock::now() + std::chrono::seconds(options.seconds);
  }
  ~Child() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      reap();
    }
    ::close(out_);
    ::close(err_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const {
    if (pid_ > 0) ::kill(pid_, number);
  }
  const Result& soFar() const { return result_; }

  // Reads what the child says until the condition holds. False when it ended or its time was over before.
  bool waitUntil(const std::function<bool()>& condition) {
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline_) return false;
      if (!readSome(20)) return condition();
    }
    return true;
  }

  Result finish() {
    while (readSome(100))
      if (std::chrono::steady_clock::now() > deadline_) {
        result_.timedOut = true;
        ::kill(pid_, SIGKILL);
        break;
      }
    reap();
    return result_;
  }

 private:
  // Waits at most so long for output; false when both streams have ended.
  bool readSome(int milliseconds) {
    if (outEnded_ && errEnded_) return false;
    pollfd ready[2] = {{outEnded_ ? -1 : out_, POLLIN, 0}, {errEnded_ ? -1 : err_, POLLIN, 0}};
    if (::poll(ready, 2, milliseconds) <= 0) return true;
    if (ready[0].revents != 0) outEnded_ = !take(out_, result_.out);
    if (ready[1].revents != 0) errEnded_ = !take(err_, result_.err);
    return !outEnded_ || !errEnded_;
  }
  static bool take(int from, std::string& to) {
    char chunk[1 << 16];
    const ssize_t got = ::read(from, chunk, sizeof chunk);
    if (got > 0) to.append(chunk, static_cast<std::size_t>(got));
    return got > 0 || (got < 0 && errno == EINTR);
  }
  void reap() {
    int status = 0;
    while (pid_ > 0 && ::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    if (pid_ > 0 && WIFEXITED(status)) result_.exitCode = WEXITSTATUS(status);
    if (pid_ > 0 && WIFSIGNALED(status)) result_.signal = WTERMSIG(status);
    pid_ = -1;
  }

  Options options_;
  pid_t pid_ = -1;
  int out_ = -1, err_ = -1;
  bool outEnded_ = false, errEnded_ = false;
  std::chrono::steady_clock::time_point deadline_;
  Result result_;
};

inline Result run(const std::vector<std::string>& arguments, const Options& options) {
  return Child(arguments, options).finish();
}

// Many short ones, two at a time, answers in the order of the questions.
inline std::vector<Result> runAll(const std::vector<std::vector<std::string>>& commands,
                                  const Options& options) {
  std::vector<Result> results(commands.size());
  const auto work = [&](std::size_t first) {
    for (std::size_t i = first; i < commands.size(); i += 2) results[i] = run(commands[i], options);
  };
  std::thread other(work, 1);
  work(0);
  other.join();
  return results;
}

}  // namespace attune::cli
