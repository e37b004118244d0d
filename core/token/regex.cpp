#include "core/token/regex.h"

#include <unicode/regex.h>
#include <unicode/unistr.h>
#include <unicode/utext.h>

#include "core/base/error.h"
#include "core/base/text.h"

namespace attune {
namespace {

constexpr std::int32_t kTimeLimit = 20000;      // ICU's steps: seconds on a slow machine
constexpr std::int32_t kStackLimit = 64 << 20;  // bytes

// The reference implementation's \s is the property White_Space, ICU's leaves out U+000B and U+0085.
std::string withUnicodeBlanks(const std::string& pattern) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '\\' || i + 1 == pattern.size()) {
      out += pattern[i];
      continue;
    }
    const char next = pattern[++i];
    if (next == 's')
      out += "\\p{White_Space}";
    else if (next == 'S')
      out += "\\P{White_Space}";
    else
      out.append({'\\', next});
  }
  return out;
}

}  // namespace

struct Regex::Compiled {
  std::string shown;
  std::string file;
  std::unique_ptr<icu::RegexPattern> pattern;
};

Regex::Regex(const std::string& pattern, const std::string& file) {
  auto compiled = std::make_unique<Compiled>();
  compiled->shown = elide(pattern, 60);
  compiled->file = file;
  UErrorCode status = U_ZERO_ERROR;
  UParseError where{};
  compiled->pattern.reset(
      icu::RegexPattern::compile(icu::UnicodeString::fromUTF8(withUnicodeBlanks(pattern)), 0, where, status));
  if (U_FAILURE(status))
    throw Error(ErrorKind::kInvalidInput,
                file + ": the regular expression '" + compiled->shown + "' cannot be read (" +
                    u_errorName(status) + ")",
                "Get the tokenizer's file again from the model's source.")
        .inFile(file);
  compiled_ = std::move(compiled);
}

Regex::~Regex() = default;

std::vector<std::pair<std::size_t, std::size_t>> Regex::matches(std::string_view text) const {
  UErrorCode status = U_ZERO_ERROR;
  UText source = UTEXT_INITIALIZER;
  utext_openUTF8(&source, text.data(), static_cast<std::int64_t>(text.size()), &status);
  std::vector<std::pair<std::size_t, std::size_t>> found;
  if (U_SUCCESS(status)) {
    const std::unique_ptr<icu::RegexMatcher> matcher(compiled_->pattern->matcher(status));
    if (U_SUCCESS(status)) {
      matcher->setTimeLimit(kTimeLimit, status);
      matcher->setStackLimit(kStackLimit, status);
      matcher->reset(&source);
      while (matcher->find(status) && U_SUCCESS(status)) {
        const auto begin = static_cast<std::size_t>(matcher->start64(status));
        const auto end = static_cast<std::size_t>(matcher->end64(status));
        if (end > begin) found.emplace_back(begin, end);
      }
    }
  }
  utext_close(&source);
  if (U_FAILURE(status))
    throw Error(ErrorKind::kInvalidInput,
                compiled_->file + ": the regular expression '" + compiled_->shown +
                    "' cannot be worked through on a text of " + std::to_string(text.size()) + " bytes (" +
                    u_errorName(status) + ")",
                "Use a model whose tokenizer has a simpler pattern, or shorter texts.")
        .inFile(compiled_->file);
  return found;
}

std::string Regex::replaced(const std::string& text, const std::string& content) const {
  std::string out;
  std::size_t from = 0;
  for (const auto& [begin, end] : matches(text)) {
    out.append(text, from, begin - from).append(content);
    from = end;
  }
  return out.append(text, from);
}

}  // namespace attune
