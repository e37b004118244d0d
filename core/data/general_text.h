#pragma once

#include <string>
#include <vector>

namespace attune {

// A general text of forty short paragraphs, written for Attune: everyday prose on as many subjects, by which
// is measured what a base still knows beside its task. Never changed without another name of its own.
const std::vector<std::string>& generalText();
inline constexpr const char* kGeneralTextName = "general/1";

}  // namespace attune
