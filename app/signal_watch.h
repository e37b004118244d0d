#pragma once

#include <QObject>
#include <functional>

namespace attune {

// Calls `act` on the UI thread when the system asks the program to end (SIGTERM, SIGHUP, SIGINT). One object
// a program.
class SignalWatch : public QObject {
 public:
  explicit SignalWatch(std::function<void()> act, QObject* parent = nullptr);
  ~SignalWatch() override;
};

}  // namespace attune
