#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/data/finding.h"

namespace attune {

// The content of a text file. UTF-8 without a byte order mark, except that a file of mixed encodings keeps
// its bytes: the readers leave the rows concerned out.
struct DecodedText {
  std::string text;
  std::string encoding;  // as in TableOptions
  bool hasInvalidBytes = false;
  bool hasNul = false;
};

// Decodes a whole file; `encoding` as in TableOptions, empty: found out. No value, and an error among the
// findings, when the file is empty or not text. Throws Error(kUsage) for an unknown encoding.
std::optional<DecodedText> decodeText(std::string bytes, const std::string& encoding, Findings& findings);

// Every byte that is not part of valid UTF-8, and every NUL, becomes U+FFFD.
std::string replaceInvalidUtf8(std::string_view text);

// "E9" for the byte at `offset`.
std::string byteName(std::string_view text, std::size_t offset);

}  // namespace attune
