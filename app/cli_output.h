#pragma once

#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/result.h"
#include "core/report/report.h"

namespace attune {

// The contract's exit codes.
enum ExitCode {
  kOk = 0,
  kFailed = 1,
  kUsage = 2,
  kInvalidInput = 3,
  kNotComparable = 4,
  kWorseThanBaseline = 5,
  kInterruptedByUser = 130,
};
int exitCodeFor(const Error& error);

// Throws the first error among findings about user input, its file in front; returns when there is none.
void throwFirstError(const std::vector<Diagnostic>& diagnostics);

// Data goes to standard output, talk to standard error. With --json exactly one document is printed.
struct Output {
  bool json = false;
  bool quiet = false;

  void document(const char* schema, const Json& content) const;  // adds "schema" in front
  void line(const std::string& text) const;                      // data; nothing with --json
  void say(const std::string& text) const;                       // talk
  void diagnostics(const std::vector<Diagnostic>& diagnostics) const;
  void error(const Error& error) const;
  bool showsProgress() const;  // standard error is a terminal, and talk is wanted
};

// [{"path", "bytes", "sha256"}] of files that were written.
Json filesJson(const std::vector<WrittenFile>& files);
Json filesJson(const std::vector<std::string>& paths);  // of files that are there

// Columns padded to equal width; `rightAligned` by column.
std::string textTable(const std::vector<std::vector<std::string>>& rows,
                      const std::vector<bool>& rightAligned);

}  // namespace attune
