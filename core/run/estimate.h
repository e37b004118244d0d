#pragma once

#include <map>
#include <string>

#include "core/data/dataset.h"
#include "core/method/catalog.h"
#include "core/model/catalog.h"
#include "core/run/measure.h"
#include "core/study/study.h"

// Free of torch.
namespace attune {

// What a study will need, before it is started.
struct MethodEstimate {
  double seconds = 0;        // of one run on one core
  double twoCoresShare = 1;  // of that on two
  std::int64_t trainableParameters = 0;
  std::int64_t peakBytes = 0;
  // The peak where memory is short: no copies for speed's sake, activations worked out twice.
  std::int64_t leastBytes = 0;
  std::int64_t storedBytes = 0;
  bool measured = false;  // seconds and memory come from its first steps, not from formulas
};
struct StudyEstimate {
  std::map<std::string, MethodEstimate> methods;  // by MethodChoice::title
  double secondsLow = 0;                          // of all runs with `workers` workers
  double secondsHigh = 0;
  std::int64_t peakBytes = 0;        // of the largest `workers` runs together
  std::int64_t leastBytes = 0;       // the same where memory is short
  std::int64_t storedBytes = 0;      // of all runs
  double smallestDetectableGap = 0;  // 0–1, with the test rows there are

  // One study after the other.
  StudyEstimate& operator+=(const StudyEstimate& other);
};

// From what was `measured` of a method's first steps (by costKey), else from parameter counts, text lengths
// and the speed `gflops` (of one core; measureGflops). Takes milliseconds.
StudyEstimate estimateStudy(const Study& study, const Dataset& dataset, const ModelInfo& base, double gflops,
                            int workers, const std::map<std::string, Measured>& measured = {});

// What of the study does not fit into this much free memory and disk space, and the way out, in a sentence;
// empty: all does. 0: not known.
std::string whatDoesNotFit(const StudyEstimate& needs, std::int64_t freeMemory, std::int64_t freeDisk);
// On the file system that holds this path, or will.
std::int64_t freeDiskBytes(const std::string& path);

// Peak memory of one run: the program, the weights, their copies in bfloat16 where training may multiply in
// it, what is trained with its gradient and moments, and what the backward pass keeps of `batchTokens` tokens
// (virtual ones included), of all blocks or, `recomputed`, of one and what went into the others.
std::int64_t peakBytes(const MethodInfo& method, const ParamSet& params, const ModelConfig& config,
                       std::int64_t parameters, double batchTokens, std::int64_t classes,
                       bool recomputed = false);
// Whether training may work activations out twice to save memory: unless the settings forbid it.
bool mayRecompute(const ParamSet& params);

// GFLOP/s of one core in fp32 matrix products, measured for about 0.2 s with the BLAS that libtorch uses.
// Loads libtorch on the first call: not for the UI thread.
double measureGflops();

}  // namespace attune
