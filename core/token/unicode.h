#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace attune {

// One character of a UTF-8 text.
struct CodePoint {
  char32_t value = 0;     // U+FFFD for bytes that are no character
  std::size_t bytes = 1;  // never 0
};

// The character at byte `at` (below the size).
CodePoint codePoint(std::string_view text, std::size_t at);
void appendUtf8(std::string& text, char32_t character);

// The property White_Space of Unicode.
bool isWhitespace(char32_t character);
// Every general category P.
bool isPunctuation(char32_t character);
// Every general category N.
bool isNumeric(char32_t character);

// Character by character, so without a final sigma.
std::string lowerCased(std::string_view text);
std::string withoutMarks(std::string_view text);  // category Mn left out
// `form`: "NFC", "NFD", "NFKC", "NFKD".
std::string normalForm(std::string_view text, std::string_view form);
// Bytes that are no character become U+FFFD.
std::string validUtf8(std::string_view text);

}  // namespace attune
