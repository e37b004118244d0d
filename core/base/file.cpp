#include "core/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/base/error.h"

namespace attune {
namespace {

[[noreturn]] void failIo(const std::string& path, const std::string& what) {
  const int code = errno;
  const bool full = code == ENOSPC || code == EDQUOT;
  std::string hint = "Look whether the disk or network share is in order, then try again.";
  if (code == ENOENT)
    hint = "Check the name and the folder.";
  else if (full)
    hint = "The disk is full: free some space or choose another folder.";
  else if (code == EACCES || code == EPERM || code == EROFS)
    hint = "The folder cannot be written: choose another one or change its permissions.";
  throw Error(code == ENOENT ? ErrorKind::kNotFound
              : full         ? ErrorKind::kDiskFull
                             : ErrorKind::kIo,
              path + ": " + what + " (" + std::strerror(code) + ")", hint)
      .inFile(path);
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

void syncPath(const std::string& path, int flags) {
  const Descriptor fd(::open(path.c_str(), flags | O_CLOEXEC));
  if (fd.get() < 0) failIo(path, "cannot be opened for syncing");
  // Some file systems cannot sync a folder (EINVAL); the rename itself is still atomic there.
  if (::fsync(fd.get()) != 0 && errno != EINVAL) failIo(path, "cannot be synced");
}

}  // namespace

std::string readFile(const std::string& path, std::int64_t maxBytes) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) failIo(path, "cannot be opened");
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) failIo(path, "cannot be examined");
  if (S_ISDIR(info.st_mode))
    throw Error(ErrorKind::kInvalidInput, path + ": is a folder, a file is needed").inFile(path);
  if (info.st_size > maxBytes)
    throw Error(ErrorKind::kInvalidInput, path + ": has " + std::to_string(info.st_size) +
                                              " bytes, at most " + std::to_string(maxBytes) + " are read")
        .inFile(path);
  std::string content;
  content.reserve(static_cast<std::size_t>(info.st_size));
  char buffer[1 << 16];
  for (;;) {
    const ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) failIo(path, "cannot be read");
    if (got == 0) break;
    content.append(buffer, static_cast<std::size_t>(got));
    if (static_cast<std::int64_t>(content.size()) > maxBytes)
      throw Error(ErrorKind::kInvalidInput, path + ": is larger than " + std::to_string(maxBytes) + " bytes")
          .inFile(path);
  }
  return content;
}

std::string temporaryNameFor(const std::string& path) {
  static std::atomic<unsigned> counter{0};
  return path + ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(counter++);
}

AtomicFile::AtomicFile(const std::string& path) : path_(path), temporary_(temporaryNameFor(path)) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  std::error_code ignored;
  if (!parent.empty()) std::filesystem::create_directories(parent, ignored);
  fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd_ < 0) failIo(path_, "cannot be written");
}

AtomicFile::~AtomicFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::string_view content) {
  while (!content.empty()) {
    const ssize_t put = ::write(fd_, content.data(), content.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) failIo(path_, "cannot be written");
    content.remove_prefix(static_cast<std::size_t>(put));
  }
}

void AtomicFile::commit() {
  ::close(fd_);
  fd_ = -1;
  commitFile(temporary_, path_);
}

void writeFileAtomically(const std::string& path, std::string_view content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

void commitFile(const std::string& temporary, const std::string& path) {
  try {
    syncPath(temporary, O_RDONLY);
    if (::rename(temporary.c_str(), path.c_str()) != 0) failIo(path, "cannot be replaced");
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  const std::string parent = std::filesystem::path(path).parent_path().string();
  syncPath(parent.empty() ? "." : parent, O_RDONLY | O_DIRECTORY);
}

void copyFileAtomically(const std::string& from, const std::string& to) {
  const std::string temporary = temporaryNameFor(to);
  std::filesystem::copy_file(from, temporary);
  commitFile(temporary, to);
}

std::int64_t fileSize(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) failIo(path, "cannot be examined");
  return info.st_size;
}

}  // namespace attune
