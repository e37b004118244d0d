#pragma once

#include <cstdint>
#include <vector>

#include "core/base/seed.h"

namespace attune {

constexpr std::size_t kBatchWindow = 8;  // batches that training sorts by length together

// One epoch's batches of example indices: shuffled, sorted by length within windows of `window` batches so
// that little is padded, batches shuffled again. Every index once; every batch but one has `batchSize`.
std::vector<std::vector<std::size_t>> epochBatches(const std::vector<std::size_t>& lengths,
                                                   std::size_t batchSize, std::size_t window, Seed seed);

// A batch of rows of these lengths as the parts that training may work on at once, numbers of rows: by
// length, cut in two where the part that is longer with its padding is as short as can be. One row is one
// part.
std::vector<std::vector<std::size_t>> batchParts(const std::vector<std::size_t>& lengths);

}  // namespace attune
