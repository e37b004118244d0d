#include "app/signal_watch.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <QSocketNotifier>
#include <utility>

namespace attune {

namespace {

int signalPair[2] = {-1, -1};  // a signal handler can reach nothing else

void tell(int) {
  const char byte = 1;
  [[maybe_unused]] const ssize_t written = write(signalPair[0], &byte, 1);
}

}  // namespace

SignalWatch::SignalWatch(std::function<void()> act, QObject* parent) : QObject(parent) {
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, signalPair) != 0) return;
  auto* notifier = new QSocketNotifier(signalPair[1], QSocketNotifier::Read, this);
  connect(notifier, &QSocketNotifier::activated, this, [act = std::move(act)] {
    char byte = 0;
    while (read(signalPair[1], &byte, 1) > 0) {
    }
    act();
  });
  struct sigaction action {};
  action.sa_handler = tell;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  for (const int number : {SIGTERM, SIGHUP, SIGINT}) sigaction(number, &action, nullptr);
}

SignalWatch::~SignalWatch() {
  for (const int number : {SIGTERM, SIGHUP, SIGINT}) signal(number, SIG_DFL);
  for (int& end : signalPair) {
    if (end >= 0) close(end);
    end = -1;
  }
}

}  // namespace attune
