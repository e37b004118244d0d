#pragma once

#include <functional>
#include <string>

namespace attune {

// A lock that processes (and objects of one process) hold by turns, on a file, which stays empty, or on a
// folder that is there. Waits for who has it, and asks `goOn` every 50 ms: false gives up. Throws Error(kIo) when the file cannot be made,
// Error(kConflict) when it gave up.
class FileLock {
 public:
  explicit FileLock(const std::string& file, const std::function<bool()>& goOn = {});
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int fd_ = -1;
};

}  // namespace attune
