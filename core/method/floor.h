#pragma once

#include <cstdint>

#include "core/method/catalog.h"

// The fewest floating point operations that the work of a run takes (a multiplication and an addition count
// two): matrices of the blocks and attention, real tokens alone. What a run needs beyond that is padding,
// dispatch and everything that is no matrix product. Free of torch.
namespace attune {

// Lengths of texts, as far as the operations depend on them.
struct TextLengths {
  double texts = 0;
  double tokens = 0;
  double squares = 0;  // sum of the squared lengths

  void add(double length) {
    ++texts;
    tokens += length;
    squares += length * length;
  }
};

// Numbers in the matrices of the blocks' linear layers.
double blockParameters(const ModelConfig& base);
// The base reads the texts once, with what the method adds.
double forwardFloor(const ModelConfig& base, const TrainingWork& work, const TextLengths& read);
// The method learns from them once.
double trainingFloor(const ModelConfig& base, const TrainingWork& work, const TextLengths& read);

// What a method adds to the work; nothing for one that trains nothing.
TrainingWork trainingWork(const MethodInfo& info, const ParamSet& params, const ModelConfig& base);

}  // namespace attune
