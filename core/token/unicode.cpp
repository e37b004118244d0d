#include "core/token/unicode.h"

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include "core/base/error.h"

namespace attune {

CodePoint codePoint(std::string_view text, std::size_t at) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  auto next = static_cast<std::int32_t>(0);
  const auto left = static_cast<std::int32_t>(std::min<std::size_t>(text.size() - at, 4));
  UChar32 c = 0;
  U8_NEXT_OR_FFFD(bytes + at, next, left, c);
  return {static_cast<char32_t>(c), static_cast<std::size_t>(next)};
}

void appendUtf8(std::string& text, char32_t character) {
  std::uint8_t buffer[4];
  std::int32_t size = 0;
  U8_APPEND_UNSAFE(buffer, size, static_cast<UChar32>(character));
  text.append(reinterpret_cast<const char*>(buffer), static_cast<std::size_t>(size));
}

bool isWhitespace(char32_t character) { return u_isUWhiteSpace(static_cast<UChar32>(character)); }

bool isPunctuation(char32_t character) {
  return (U_GET_GC_MASK(static_cast<UChar32>(character)) & U_GC_P_MASK) != 0;
}

bool isNumeric(char32_t character) {
  return (U_GET_GC_MASK(static_cast<UChar32>(character)) & U_GC_N_MASK) != 0;
}

std::string lowerCased(std::string_view text) {
  std::string lower;
  lower.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = codePoint(text, at);
    if (c.value < 0x80)
      lower += static_cast<char>(c.value >= 'A' && c.value <= 'Z' ? c.value + 32 : c.value);
    else
      icu::UnicodeString(static_cast<UChar32>(c.value)).toLower(icu::Locale::getRoot()).toUTF8String(lower);
    at += c.bytes;
  }
  return lower;
}

std::string withoutMarks(std::string_view text) {
  std::string kept;
  kept.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = codePoint(text, at);
    if (u_charType(static_cast<UChar32>(c.value)) != U_NON_SPACING_MARK)
      kept.append(text.substr(at, c.bytes));
    at += c.bytes;
  }
  return kept;
}

std::string normalForm(std::string_view text, std::string_view form) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = form == "NFC"    ? icu::Normalizer2::getNFCInstance(status)
                                       : form == "NFD"  ? icu::Normalizer2::getNFDInstance(status)
                                       : form == "NFKC" ? icu::Normalizer2::getNFKCInstance(status)
                                                        : icu::Normalizer2::getNFKDInstance(status);
  std::string result;
  if (U_SUCCESS(status)) {
    const icu::UnicodeString whole =
        icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
    normalizer->normalize(whole, status).toUTF8String(result);
  }
  if (U_FAILURE(status))
    throw Error(ErrorKind::kInternal, std::string("normalisation failed: ") + u_errorName(status));
  return result;
}

std::string validUtf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = codePoint(text, at);
    appendUtf8(valid, c.value);
    at += c.bytes;
  }
  return valid;
}

}  // namespace attune
