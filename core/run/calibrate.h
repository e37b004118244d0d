#pragma once

#include <cstdint>
#include <vector>

#include "core/base/json.h"

// Free of torch; the functions load and use it.
namespace attune {

// GFLOP/s of `threads` threads in fp32 products of 512 x 512 matrices, the median of repeated measurements
// within about `seconds`.
double gemmGflops(int threads, double seconds = 0.15);
// The same of products in bfloat16 with a weight that stays, the conversion of what it is multiplied with
// included; 0 on processors without instructions for it (which would take fifty times as long).
double halfGemmGflops(int threads, double seconds = 0.15);
// Whether training should multiply in bfloat16: its best rate is more than 1.5 times that in fp32, measured
// in turns. A machine that is busy meanwhile slows most products, but seldom all of them: the same choice
// comes out, or the same run would end with other bytes.
bool halfProductsPay(int threads);

// The middle of measured values, the larger of the two middle ones; 0 of none.
double median(std::vector<double> values);

// Versions, CPU and libraries that computed, for a run's record and `doctor`.
Json engineEnvironment();

// Peak resident memory of this process so far.
std::int64_t peakResidentBytes();

}  // namespace attune
