#pragma once

#include <cstddef>
#include <vector>

#include "core/data/dataset.h"

namespace attune {

// For every example the position of the first one with the same text: equal after foldForComparison, or,
// where nothing is left of a text after it (":-)"), equal as it stands.
std::vector<std::size_t> firstWithSameText(const std::vector<Example>& examples);

}  // namespace attune
