#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/finding.h"

namespace attune {

inline constexpr int kMaxJsonDepth = 64;

// The text of one record within a file, and the line where it begins. The file's text must outlive it.
struct JsonRecord {
  std::string_view text;
  std::int64_t line = 0;
};

// One record a line; blank lines are skipped.
std::vector<JsonRecord> linesOf(std::string_view text);

// The elements of the array that the text is, or of the array in it: {"data": […]}. Finds where they begin
// and end without looking closely at what is inside. No value when the text is no such thing.
std::optional<std::vector<JsonRecord>> elementsOf(std::string_view text, Findings& findings);

// Half surrogate pairs in escapes, which are no characters, replaced by \uFFFD; empty when there are none.
std::optional<std::string> withoutLoneSurrogates(std::string_view json);

}  // namespace attune
