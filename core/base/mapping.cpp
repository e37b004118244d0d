#include "core/base/mapping.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/base/error.h"

namespace attune {

Mapping::Mapping(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    throw Error(errno == ENOENT ? ErrorKind::kNotFound : ErrorKind::kIo,
                path + ": cannot be opened (" + std::strerror(errno) + ")")
        .inFile(path);
  struct stat info {};
  ::fstat(fd, &info);
  size_ = static_cast<std::size_t>(info.st_size);
  if (size_ > 0) data_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0);
  ::close(fd);
  if (size_ > 0 && data_ == MAP_FAILED) {
    size_ = 0;
    throw Error(ErrorKind::kIo, path + ": cannot be mapped (" + std::strerror(errno) + ")").inFile(path);
  }
}

Mapping::~Mapping() {
  if (size_ > 0) ::munmap(data_, size_);
}

}  // namespace attune
