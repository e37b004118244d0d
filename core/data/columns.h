#pragma once

#include <string_view>

#include "core/data/import.h"

namespace attune {

// Fills table.textColumn and labelColumn: by the columns' names, else by what is in them; -1 when several
// columns would do or none.
void guessColumns(Table& table);

bool isKnownColumnName(std::string_view name);

// Whether table.rows[0] is a row like the others rather than the names of the columns. Looks at the first
// thousand rows.
bool firstRowLooksLikeData(const Table& table);

}  // namespace attune
