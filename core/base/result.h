#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace attune {

enum class Severity { kInfo, kWarning, kError };

const char* severityName(Severity severity);  // "info", "warning", "error"

// One finding about user input. `rule` is a short stable name ("duplicate_text"); `message` a sentence with
// numbers; `hint` the cure; `row` the 1-based line of the file (-1: the whole file); `rows` all lines
// concerned.
struct Diagnostic {
  Severity severity = Severity::kWarning;
  std::string rule;
  std::string message;
  std::string hint;
  std::string file;
  std::int64_t row = -1;
  std::vector<std::int64_t> rows;
};

bool hasError(const std::vector<Diagnostic>& diagnostics);

// A value read from user input together with what there is to say about it. No value means that at least one
// diagnostic is an error.
template <typename T>
struct Result {
  std::optional<T> value;
  std::vector<Diagnostic> diagnostics;

  explicit operator bool() const { return value.has_value(); }
};

}  // namespace attune
