#include "core/model/relative_bias.h"

#include <ATen/ATen.h>

#include <cmath>

namespace attune {

at::Tensor relativeBuckets(const at::Tensor& distance, bool bothDirections, std::int64_t buckets,
                           std::int64_t maxDistance) {
  at::Tensor offset = at::zeros_like(distance), far;
  std::int64_t count = buckets;
  if (bothDirections) {
    count /= 2;
    offset = distance.gt(0).to(at::kLong) * count;
    far = distance.abs();
  } else {
    far = (-distance).clamp_min(0);
  }
  const std::int64_t exact = count / 2;
  // The logarithm in fp32, as in the reference implementation.
  const double span = std::log(static_cast<double>(maxDistance) / static_cast<double>(exact));
  const at::Tensor log = at::log(far.clamp_min(1).to(at::kFloat) / static_cast<double>(exact));
  const at::Tensor wide = exact + (log / span * static_cast<double>(count - exact)).to(at::kLong);
  return offset + at::where(far.lt(exact), far, wide.clamp_max(count - 1));
}

at::Tensor relativeBias(const at::Tensor& table, std::int64_t queries, std::int64_t keys, bool bothDirections,
                        std::int64_t maxDistance) {
  const at::Tensor key = at::arange(keys, at::kLong).unsqueeze(0);
  const at::Tensor query = at::arange(keys - queries, keys, at::kLong).unsqueeze(1);
  const at::Tensor bucket = relativeBuckets(key - query, bothDirections, table.size(0), maxDistance);
  return at::embedding(table, bucket).permute({2, 0, 1}).unsqueeze(0);
}

}  // namespace attune
