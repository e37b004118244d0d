#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace attune {

enum class ErrorKind {
  kUsage,         // a flag, option or argument is wrong
  kInvalidInput,  // a file, model, adapter or project breaks a rule of its format
  kUnsupported,   // correct, but Attune cannot do it
  kNotFound,      // a name, run, file or folder does not exist
  kIo,            // the system refused to read or write
  kDiskFull,      // there is no room to write
  kIncomparable,  // runs that must not be ranked against each other
  kConflict,      // somebody else changed it first
  kInternal,      // a fault of ours
};

// Fixed name for the command line's JSON: "usage", "invalid_input", ...
const char* errorKindName(ErrorKind kind);

// The one exception type. `what()` is a sentence that says what happened, with names and numbers;
// `hint` says what to do about it. File, row (1-based line) and byte offset are set where they are known.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message, std::string hint = {})
      : std::runtime_error(message), kind_(kind), hint_(std::move(hint)) {}

  ErrorKind kind() const { return kind_; }
  const std::string& hint() const { return hint_; }
  const std::string& file() const { return file_; }
  std::int64_t row() const { return row_; }        // -1: unknown
  std::int64_t offset() const { return offset_; }  // -1: unknown

  Error& inFile(std::string file) {
    file_ = std::move(file);
    return *this;
  }
  Error& atRow(std::int64_t row) {
    row_ = row;
    return *this;
  }
  Error& atOffset(std::int64_t offset) {
    offset_ = offset;
    return *this;
  }

 private:
  ErrorKind kind_;
  std::string hint_;
  std::string file_;
  std::int64_t row_ = -1;
  std::int64_t offset_ = -1;
};

}  // namespace attune
