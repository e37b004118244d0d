#include "core/model/flop_count.h"

namespace attune {
namespace flop_count {

thread_local double counted = 0;

}  // namespace flop_count

double unseenFlops() { return flop_count::counted; }
void countFlops(double more) { flop_count::counted += more; }

}  // namespace attune
