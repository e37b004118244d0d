#pragma once

#include "core/report/report.h"

namespace attune {

// With links to `comparison.svg` and `curves.svg` in `plotsFolder`; without any when it is empty.
std::string writeMarkdown(const Report& report, const std::string& plotsFolder);

}  // namespace attune
