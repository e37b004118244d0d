#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"

namespace attune {

std::string countText(std::int64_t count, std::string_view noun);  // "1 row", "12 rows"
// "line 5", "lines 5 and 6", "lines 5, 6, 9, 12, 15 and 3 more"
std::string lineList(const std::vector<std::int64_t>& lines);
std::string inQuotes(std::string_view text);  // in quotes, cut to what fits a sentence, line ends as blanks

// Collects what there is to say about one file.
class Findings {
 public:
  explicit Findings(std::string file) : file_(std::move(file)) {}

  using Lines = std::vector<std::int64_t>;
  void error(std::string rule, std::string message, std::string hint, Lines lines = {}) {
    add({Severity::kError, std::move(rule), std::move(message), std::move(hint), file_, -1,
         std::move(lines)});
  }
  void warn(std::string rule, std::string message, std::string hint, Lines lines = {}) {
    add({Severity::kWarning, std::move(rule), std::move(message), std::move(hint), file_, -1,
         std::move(lines)});
  }
  void info(std::string rule, std::string message, std::string hint, Lines lines = {}) {
    add({Severity::kInfo, std::move(rule), std::move(message), std::move(hint), file_, -1, std::move(lines)});
  }

  const std::string& file() const { return file_; }
  std::vector<Diagnostic>& list() { return list_; }

 private:
  void add(Diagnostic diagnostic);

  std::string file_;
  std::vector<Diagnostic> list_;
};

// Errors first, then warnings; findings of one severity keep their order.
void sortBySeverity(std::vector<Diagnostic>& diagnostics);

}  // namespace attune
