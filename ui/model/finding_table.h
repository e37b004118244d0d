#pragma once

#include <vector>

#include "core/base/result.h"
#include "ui/model/cell_table_model.h"

namespace attune {

// Diagnostics as a table: severity in words, what was found and what to do, lines.
CellTable findingTable(const std::vector<Diagnostic>& diagnostics);

}  // namespace attune
