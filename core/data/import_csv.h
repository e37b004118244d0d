#pragma once

#include <optional>

#include "core/data/decode.h"
#include "core/data/finding.h"
#include "core/data/import.h"

namespace attune {

// RFC 4180 with any one-character delimiter and any line ends. No value when the file must be refused; the
// columns are not guessed yet.
std::optional<Table> readCsv(const DecodedText& decoded, const TableOptions& options, Findings& findings);

// The delimiter that divides the first rows most evenly; `preferred` wins when nothing else decides.
char sniffDelimiter(std::string_view text, char preferred);

}  // namespace attune
