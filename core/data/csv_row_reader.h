#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace attune {

// No line and no field of a data file may be longer, no table wider.
inline constexpr std::size_t kMaxFieldBytes = std::size_t{8} << 20;
inline constexpr std::size_t kMaxColumns = 10'000;

// Cuts a text into rows of fields. The text must outlive the reader.
class CsvRowReader {
 public:
  struct Row {
    std::int64_t line = 0;          // 1-based, where the row begins
    std::size_t fieldCount = 0;     // all of them, also those beyond `keep`
    bool isBlank = false;           // nothing but blanks on the line
    bool textAfterQuote = false;    // "quoted" followed by more
    bool hasSwallowedRows = false;  // a quoted field has many lines that look like rows
    std::int64_t unclosedQuoteLine = 0;
    std::int64_t tooLongLine = 0;
  };

  CsvRowReader(std::string_view text, char delimiter, bool quotes)
      : text_(text), delimiter_(delimiter), quotes_(quotes) {}

  // Reads the next row; at most `keep` fields of it are stored. False at the end. After an unclosed quote or
  // a line that is too long there is no next row.
  bool next(std::vector<std::string>& fields, std::size_t keep, Row& row);

 private:
  void readQuoted(std::string& field, Row& row);
  void readPlain(std::string& field);
  void countLines(std::size_t begin, std::size_t end);

  std::string_view text_;
  char delimiter_;
  bool quotes_;
  std::size_t pos_ = 0;
  std::size_t lineStart_ = 0;
  std::int64_t line_ = 1;
};

}  // namespace attune
