#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace attune {

// A regular expression of a tokenizer.json on UTF-8 texts. Immutable; safe to share between threads.
class Regex {
 public:
  // Throws Error(kInvalidInput) naming `file` for a pattern that cannot be read.
  Regex(const std::string& pattern, const std::string& file);
  ~Regex();

  // Byte ranges of all matches, left to right, empty ones left out. Throws Error(kInvalidInput) when the
  // pattern takes absurdly long on the text.
  std::vector<std::pair<std::size_t, std::size_t>> matches(std::string_view text) const;
  std::string replaced(const std::string& text, const std::string& content) const;

 private:
  struct Compiled;
  std::unique_ptr<const Compiled> compiled_;
};

}  // namespace attune
