#include "core/base/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>

#include "core/base/error.h"

namespace attune {

FileLock::FileLock(const std::string& file, const std::function<bool()>& goOn) {
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(file).parent_path(), ignored);
  const bool isFolder = std::filesystem::is_directory(file, ignored);
  fd_ = ::open(file.c_str(), isFolder ? O_RDONLY | O_CLOEXEC : O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd_ < 0)
    throw Error(ErrorKind::kIo, file + ": cannot be opened (" + std::strerror(errno) + ")",
                "Change the permissions of its folder, or choose another one.")
        .inFile(file);
  while (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    if (goOn && !goOn()) {
      ::close(fd_);
      throw Error(ErrorKind::kConflict, file + ": is held by another process",
                  "Try again when that has ended.")
          .inFile(file);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

FileLock::~FileLock() { ::close(fd_); }

}  // namespace attune
