#pragma once

#include <ATen/core/Tensor.h>

namespace attune {

// Rows [.., width] of a table [n, width] by their numbers [..] int64. The table's gradient is sparse: it
// names the rows that were read, each once and in order, and holds nothing of the others.
at::Tensor tableRows(const at::Tensor& table, const at::Tensor& numbers);

}  // namespace attune
