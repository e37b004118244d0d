#pragma once

namespace attune {

// Operations in matrix products that this thread did since it began where libtorch does not see them.
double unseenFlops();
void countFlops(double more);

}  // namespace attune
