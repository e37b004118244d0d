#include "core/data/json_records.h"

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/text.h"

namespace attune {
namespace {

// Thrown and caught in this file only.
struct Broken {
  std::int64_t line;
  std::string what;
};

// Walks over JSON values by their brackets and quotes. What is inside is parsed later, value by value.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  void skipBlanks() {
    while (pos_ < text_.size()) {
      const char c = text_[pos_];
      if (c != ' ' && c != '\t' && c != '\n' && c != '\r') return;
      if (c == '\n' || (c == '\r' && (pos_ + 1 >= text_.size() || text_[pos_ + 1] != '\n'))) ++line_;
      ++pos_;
    }
  }
  bool atEnd() const { return pos_ >= text_.size(); }
  char peek() const { return atEnd() ? '\0' : text_[pos_]; }
  std::int64_t line() const { return line_; }
  bool take(char c) {
    if (peek() != c || atEnd()) return false;
    ++pos_;
    return true;
  }

  JsonRecord value() {
    skipBlanks();
    const std::size_t start = pos_;
    const std::int64_t startLine = line_;
    int depth = 0;
    do {
      skipBlanks();
      if (atEnd()) fail("the file ends within a value");
      const char c = text_[pos_];
      if (c == '"') {
        skipString();
      } else if (c == '[' || c == '{') {
        if (++depth > kMaxJsonDepth)
          fail("nested more than " + std::to_string(kMaxJsonDepth) + " levels deep");
        ++pos_;
      } else if (c == ']' || c == '}') {
        if (--depth < 0) fail("a bracket is closed that was not opened");
        ++pos_;
      } else if (depth > 0 && (c == ',' || c == ':')) {
        ++pos_;
      } else {
        skipScalar();
      }
    } while (depth > 0);
    return {text_.substr(start, pos_ - start), startLine};
  }

  std::vector<JsonRecord> array() {
    std::vector<JsonRecord> items;
    take('[');
    skipBlanks();
    if (take(']')) return items;
    for (;;) {
      items.push_back(value());
      skipBlanks();
      if (take(']')) return items;
      if (!take(',')) fail(atEnd() ? "the list is not closed" : "a comma or ] is missing");
    }
  }

  [[noreturn]] void fail(const std::string& what) const { throw Broken{line_, what}; }

 private:
  void skipString() {
    const std::int64_t openedAt = line_;
    for (++pos_; pos_ < text_.size(); ++pos_) {
      if (text_[pos_] == '\\')
        ++pos_;
      else if (text_[pos_] == '"') {
        ++pos_;
        return;
      } else if (text_[pos_] == '\n') {
        ++line_;  // not allowed, which the parser will say
      }
    }
    throw Broken{openedAt, "a string is not closed"};
  }
  void skipScalar() {
    const std::size_t start = pos_;
    while (pos_ < text_.size() &&
           std::string_view(",:]}[{\" \t\r\n").find(text_[pos_]) == std::string_view::npos)
      ++pos_;
    if (pos_ == start) fail(std::string("a value is missing before '") + text_[pos_] + "'");
  }

  std::string_view text_;
  std::size_t pos_ = 0;
  std::int64_t line_ = 1;
};

// The one list among the members of an object; "data" when there are several.
std::optional<std::vector<JsonRecord>> listWithin(Scanner& scanner) {
  std::vector<std::vector<JsonRecord>> lists;
  std::optional<std::vector<JsonRecord>> data;
  scanner.take('{');
  scanner.skipBlanks();
  if (scanner.take('}')) return std::nullopt;
  for (;;) {
    scanner.skipBlanks();
    if (scanner.peek() != '"') scanner.fail("the name of a member is missing");
    const std::string_view name = scanner.value().text;
    scanner.skipBlanks();
    if (!scanner.take(':')) scanner.fail("a colon is missing");
    scanner.skipBlanks();
    if (scanner.peek() == '[') {
      std::vector<JsonRecord> list = scanner.array();
      if (name == "\"data\"")
        data = std::move(list);
      else
        lists.push_back(std::move(list));
    } else {
      scanner.value();
    }
    scanner.skipBlanks();
    if (scanner.take('}')) break;
    if (!scanner.take(',')) scanner.fail("a comma or } is missing");
  }
  if (data) return data;
  if (lists.size() == 1) return std::move(lists.front());
  return std::nullopt;
}

bool isHex(std::string_view digits) {
  return digits.size() == 4 && digits.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

// 0xD8: the first half of a pair, 0xDC: the second, 0: neither. `at` is where a \u escape would begin.
int surrogateHalf(std::string_view json, std::size_t at) {
  if (at + 6 > json.size() || json[at] != '\\' || json[at + 1] != 'u' || !isHex(json.substr(at + 2, 4)))
    return 0;
  if (json[at + 2] != 'd' && json[at + 2] != 'D') return 0;
  const char second = json[at + 3];
  if (second == '8' || second == '9' || second == 'a' || second == 'A' || second == 'b' || second == 'B')
    return 0xD8;
  return second >= 'c' || (second >= 'C' && second <= 'F') ? 0xDC : 0;
}

}  // namespace

std::vector<JsonRecord> linesOf(std::string_view text) {
  std::vector<JsonRecord> records;
  std::int64_t line = 1;
  std::size_t start = 0;
  while (start < text.size()) {
    std::size_t end = text.find_first_of("\r\n", start);
    if (end == std::string_view::npos) end = text.size();
    const std::string_view content = trim(text.substr(start, end - start));
    if (!content.empty()) records.push_back({content, line});
    start = end + (text.substr(end).starts_with("\r\n") ? 2 : 1);
    ++line;
  }
  return records;
}

std::optional<std::vector<JsonRecord>> elementsOf(std::string_view text, Findings& findings) {
  try {
    Scanner scanner(text);
    scanner.skipBlanks();
    std::optional<std::vector<JsonRecord>> elements;
    if (scanner.peek() == '[')
      elements = scanner.array();
    else if (scanner.peek() == '{')
      elements = listWithin(scanner);
    scanner.skipBlanks();
    if (elements && !scanner.atEnd()) scanner.fail("there is more after the end of the document");
    if (!elements)
      findings.error("no_records", "The file holds no list of records.",
                     "Write the rows as [{\"text\": …, \"label\": …}, …], or one such object a line.");
    return elements;
  } catch (const Broken& broken) {
    findings.error(
        "bad_json",
        "The file is not valid JSON: " + broken.what + " (line " + std::to_string(broken.line) + ").",
        "Check that the file is complete; a list of objects with a text and a label each is needed.",
        {broken.line});
    return std::nullopt;
  }
}

std::optional<std::string> withoutLoneSurrogates(std::string_view json) {
  if (json.find("\\u") == std::string_view::npos) return std::nullopt;
  std::string repaired;
  std::size_t copied = 0;
  for (std::size_t i = json.find('\\'); i < json.size(); i = json.find('\\', i)) {
    const int half = surrogateHalf(json, i);
    if (half == 0) {
      i += 2;  // any other escape, "\\" among them
    } else if (half == 0xD8 && surrogateHalf(json, i + 6) == 0xDC) {
      i += 12;
    } else {
      repaired.append(json, copied, i - copied);
      repaired += "\\uFFFD";
      i += 6;
      copied = i;
    }
  }
  if (copied == 0) return std::nullopt;
  repaired.append(json, copied);
  return repaired;
}

}  // namespace attune
