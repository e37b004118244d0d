#pragma once

#include <cstddef>
#include <string>

namespace attune {

// A file mapped read-only for as long as the object lives. Its pages are shared with every process that maps
// the same file. Throws Error(kNotFound, kIo).
class Mapping {
 public:
  explicit Mapping(const std::string& path);
  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  const char* data() const { return static_cast<const char*>(data_); }
  std::size_t size() const { return size_; }

 private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace attune
