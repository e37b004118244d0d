#pragma once

#include <string>

#include "core/base/json.h"

namespace attune {

// A cell as RFC 4180 has it. A text that a spreadsheet would run as a formula gets an apostrophe in front;
// numbers stay numbers.
std::string csvCell(const std::string& text);
std::string csvCell(const Json* value);  // empty for nullptr and null

}  // namespace attune
