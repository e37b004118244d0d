#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace attune {

// T5's buckets of relative positions (Raffel et al. 2020, 2.1): a number for every distance key - query,
// exact for near ones, ever wider for far ones. `distance` any shape, int64; the result has the same.
at::Tensor relativeBuckets(const at::Tensor& distance, bool bothDirections, std::int64_t buckets,
                           std::int64_t maxDistance);

// Bias [1, heads, queries, keys] from the table [buckets, heads]. The queries are the last ones of the keys.
at::Tensor relativeBias(const at::Tensor& table, std::int64_t queries, std::int64_t keys, bool bothDirections,
                        std::int64_t maxDistance);

}  // namespace attune
