#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace attune {

// A regular expression that must match a whole text, as Python's re.fullmatch. Immutable; safe to share
// between threads.
class Pattern {
 public:
  // Throws Error(kInvalidInput) for an expression that cannot be read.
  explicit Pattern(const std::string& expression);
  ~Pattern();

  // Throws Error(kInvalidInput) when the expression takes absurdly long on the text.
  bool matches(std::string_view text) const;

 private:
  struct Compiled;
  std::unique_ptr<const Compiled> compiled_;
};

}  // namespace attune
