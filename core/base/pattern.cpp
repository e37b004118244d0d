#include "core/base/pattern.h"

#include <unicode/regex.h>
#include <unicode/unistr.h>

#include "core/base/error.h"
#include "core/base/text.h"

namespace attune {
namespace {

constexpr std::int32_t kTimeLimit = 2000;      // ICU's steps: well below a second
constexpr std::int32_t kStackLimit = 4 << 20;  // bytes

[[noreturn]] void refuse(const std::string& expression, const char* what, UErrorCode status) {
  throw Error(
      ErrorKind::kInvalidInput,
      "the regular expression '" + elide(expression, 60) + "' " + what + " (" + u_errorName(status) + ")",
      "Write it more simply, or list the names.");
}

}  // namespace

struct Pattern::Compiled {
  std::string shown;
  std::unique_ptr<icu::RegexPattern> pattern;
};

Pattern::Pattern(const std::string& expression) {
  UErrorCode status = U_ZERO_ERROR;
  UParseError where{};
  auto compiled = std::make_unique<Compiled>();
  compiled->shown = expression;
  compiled->pattern.reset(
      icu::RegexPattern::compile(icu::UnicodeString::fromUTF8(expression), 0, where, status));
  if (U_FAILURE(status)) refuse(expression, "cannot be read", status);
  compiled_ = std::move(compiled);
}

Pattern::~Pattern() = default;

bool Pattern::matches(std::string_view text) const {
  UErrorCode status = U_ZERO_ERROR;
  const icu::UnicodeString subject =
      icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
  const std::unique_ptr<icu::RegexMatcher> matcher(compiled_->pattern->matcher(subject, status));
  bool found = false;
  if (U_SUCCESS(status)) {
    matcher->setTimeLimit(kTimeLimit, status);
    matcher->setStackLimit(kStackLimit, status);
    found = matcher->matches(status);
  }
  if (U_FAILURE(status)) refuse(compiled_->shown, "cannot be worked through", status);
  return found;
}

}  // namespace attune
