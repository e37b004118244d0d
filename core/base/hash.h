#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace attune {

// SHA-256 as 64 lower-case hexadecimal digits.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  Sha256& add(const void* bytes, std::size_t size);
  Sha256& add(std::string_view text) { return add(text.data(), text.size()); }
  // Adds the length first, so that ("ab","c") and ("a","bc") differ.
  Sha256& addField(std::string_view text);
  std::string hex();  // ends the computation

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256(std::string_view text);
std::string sha256File(const std::string& path);  // throws Error(kIo)
// Git's name for the content of a file: SHA-1 over "blob SIZE", a zero byte and the content. Throws
// Error(kIo).
std::string gitBlobSha1File(const std::string& path);

}  // namespace attune
