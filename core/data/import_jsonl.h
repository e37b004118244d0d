#pragma once

#include <optional>

#include "core/data/decode.h"
#include "core/data/finding.h"
#include "core/data/import.h"

namespace attune {

// JSON objects, one a line (`format` kJsonLines) or in a list (kJson). The columns are the names of all
// members in the order in which they first occur; what a record lacks, and null, is an empty cell. No value
// when the file must be refused; the columns are not guessed yet.
std::optional<Table> readJson(const DecodedText& decoded, FileFormat format, const TableOptions& options,
                              Findings& findings);

// Whether a text that begins with a bracket has one record a line or is one document.
FileFormat sniffJson(std::string_view text, bool linesLikely);

}  // namespace attune
