#include "core/data/csv_row_reader.h"

#include "core/base/text.h"

namespace attune {
namespace {

// Whether most lines of a quoted field have as many delimiters as the row: a quote that was left open further
// up would produce that.
bool looksLikeRows(std::string_view field, char delimiter, std::size_t delimitersOfRow) {
  constexpr std::size_t kFewLines = 5;
  std::size_t lines = 0, alike = 0, delimiters = 0;
  bool first = true;
  for (const char c : field) {
    if (c == delimiter) ++delimiters;
    if (c != '\n' && c != '\r') continue;
    if (!first && delimiters > 0) {
      ++lines;
      if (delimiters == delimitersOfRow) ++alike;
    }
    first = false;
    delimiters = 0;
  }
  return lines >= kFewLines && alike * 10 >= lines * 9;
}

}  // namespace

bool CsvRowReader::next(std::vector<std::string>& fields, std::size_t keep, Row& row) {
  fields.clear();
  if (pos_ >= text_.size()) return false;
  row = Row();
  row.line = line_;
  lineStart_ = pos_;
  bool anyQuoted = false, anyLines = false;
  std::string ignored;
  for (;;) {
    const bool stored = row.fieldCount < keep;
    std::string& field = stored ? fields.emplace_back() : ignored;
    ignored.clear();
    const std::int64_t lineBefore = line_;
    if (quotes_ && pos_ < text_.size() && text_[pos_] == '"') {
      anyQuoted = true;
      readQuoted(field, row);
      anyLines = anyLines || line_ != lineBefore;
    } else {
      readPlain(field);
    }
    ++row.fieldCount;
    if (field.size() > kMaxFieldBytes || pos_ - lineStart_ > kMaxFieldBytes) {
      row.tooLongLine = field.size() > kMaxFieldBytes ? lineBefore : line_;
      pos_ = text_.size();
      return true;
    }
    if (pos_ >= text_.size() || text_[pos_] != delimiter_) break;
    ++pos_;
  }
  if (pos_ < text_.size()) {
    pos_ += text_[pos_] == '\r' && pos_ + 1 < text_.size() && text_[pos_ + 1] == '\n' ? 2 : 1;
    ++line_;
  }
  if (anyLines && row.fieldCount > 1)
    for (const std::string& field : fields)
      if (looksLikeRows(field, delimiter_, row.fieldCount - 1)) row.hasSwallowedRows = true;
  row.isBlank = row.fieldCount == 1 && !anyQuoted && !fields.empty() && trim(fields.front()).empty();
  return true;
}

void CsvRowReader::readQuoted(std::string& field, Row& row) {
  const std::int64_t openedAt = line_;
  std::size_t start = ++pos_;
  for (;;) {
    const std::size_t quote = text_.find('"', start);
    const std::size_t end = quote == std::string_view::npos ? text_.size() : quote;
    countLines(start, end);
    field.append(text_, start, end - start);
    if (quote == std::string_view::npos) {
      row.unclosedQuoteLine = openedAt;
      pos_ = text_.size();
      return;
    }
    pos_ = quote + 1;
    if (pos_ >= text_.size() || text_[pos_] != '"') break;
    field += '"';
    start = pos_ + 1;
  }
  const std::size_t before = field.size();
  readPlain(field);
  if (field.size() != before) row.textAfterQuote = true;
}

void CsvRowReader::readPlain(std::string& field) {
  const std::size_t start = pos_;
  while (pos_ < text_.size()) {
    const char c = text_[pos_];
    if (c == delimiter_ || c == '\n' || c == '\r') break;
    ++pos_;
  }
  field.append(text_, start, pos_ - start);
}

void CsvRowReader::countLines(std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) {
    const char c = text_[i];
    if (c != '\n' && c != '\r') continue;
    if (c == '\r' && i + 1 < text_.size() && text_[i + 1] == '\n') continue;
    ++line_;
    lineStart_ = i + 1;
  }
}

}  // namespace attune
