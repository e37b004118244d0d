#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Text without the C locale: numbers always use the point, letters are UTF-8.
namespace attune {

std::string_view trim(std::string_view text);  // ASCII blanks, tabs, line ends
std::vector<std::string> splitText(std::string_view text, char separator);
std::string joinText(const std::vector<std::string>& parts, std::string_view separator);
std::string toLowerAscii(std::string_view text);
std::string toUpperAscii(std::string_view text);
std::string lowerUnicode(std::string_view validUtf8);  // of every alphabet, whatever the locale
std::string replaceAll(std::string text, std::string_view from, std::string_view to);

std::optional<std::int64_t> parseInt(std::string_view text);  // the whole text must be the number
std::optional<double> parseDouble(std::string_view text);
std::string formatFixed(double value, int decimals);
std::string formatShortest(double value);  // shortest text that reads back as the same double

// Byte offset of the first byte that is not valid UTF-8 (overlong forms and surrogates are invalid).
std::optional<std::size_t> firstInvalidUtf8(std::string_view text);
std::size_t countCodePoints(std::string_view validUtf8);
// Cuts to at most `maxCodePoints` and appends "…" when something was cut. Never cuts inside a character.
std::string elide(std::string_view validUtf8, std::size_t maxCodePoints);

// The form under which two texts count as the same: lower-case (Unicode), compatibility-normalised (NFKC),
// everything that is neither letter nor digit taken as one blank.
std::string foldForComparison(std::string_view validUtf8);

// The candidate nearest to `word` by edit distance, if near enough to be a typing slip; else empty.
std::string nearestName(std::string_view word, const std::vector<std::string>& candidates);

// The parts of a list with `separator` between, trimmed; empty ones are left out.
std::vector<std::string> splitList(std::string_view text, char separator = ',');
// As one word of a shell's command line.
std::string shellQuoted(const std::string& text);

}  // namespace attune
