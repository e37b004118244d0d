#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/base/json.h"

// Free of torch; the functions load and use it.
namespace attune {

// Whether the processor has instructions for products of bfloat16: AVX-512's, or AMX.
bool hasHalfInstructions();
// GFLOP/s of `threads` threads in fp32 products of 512 x 512 matrices, the median of repeated measurements
// within about `seconds`.
double gemmGflops(int threads, double seconds = 0.15);
// Rates of products in fp32 and in bfloat16, medians of about `seconds` each.
struct ProductRates {
  double gflops = 0;
  // With a weight that stays, the conversion of what it is multiplied with included; 0 on processors without
  // instructions for it (which would take fifty times as long).
  double halfGflops = 0;
  bool halfPays = false;  // whether training should multiply in bfloat16
};
// Measured in turns, and bfloat16 pays where its best rate is more than 1.5 times that in fp32. A machine
// that is busy meanwhile slows most products, but seldom all of them: the same choice comes out, or the same
// run would end with other bytes.
ProductRates measureProducts(int threads, double seconds = 0.15);

// Gives GFLOP/s of this thread in such products as they are now, in bfloat16 or in fp32: the best of three.
std::function<double()> productGauge(bool half);

// The middle of measured values, the larger of the two middle ones; 0 of none.
double median(std::vector<double> values);

// Versions, CPU and libraries that computed, for a run's record and `doctor`.
Json engineEnvironment();

// Peak resident memory of this process so far.
std::int64_t peakResidentBytes();

}  // namespace attune
