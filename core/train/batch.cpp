#include "core/train/batch.h"

#include <algorithm>
#include <numeric>

#include "core/model/parts.h"

namespace attune {

std::vector<std::vector<std::size_t>> epochBatches(const std::vector<std::size_t>& lengths,
                                                   std::size_t batchSize, std::size_t window, Seed seed) {
  Random random(seed);
  std::vector<std::size_t> order(lengths.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  random.shuffle(order);
  std::vector<std::vector<std::size_t>> batches;
  for (std::size_t first = 0; first < order.size(); first += batchSize * window) {
    const auto begin = order.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end =
        order.begin() + static_cast<std::ptrdiff_t>(std::min(order.size(), first + batchSize * window));
    std::stable_sort(begin, end, [&](std::size_t a, std::size_t b) { return lengths[a] < lengths[b]; });
    for (auto it = begin; it != end;) {
      const auto stop = it + std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(batchSize), end - it);
      batches.emplace_back(it, stop);
      it = stop;
    }
  }
  random.shuffle(batches);
  return batches;
}

std::vector<std::vector<std::size_t>> batchParts(const std::vector<std::size_t>& lengths) {
  static_assert(kParts == 2);
  std::vector<std::size_t> rows(lengths.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  if (rows.size() < kParts) return {rows};
  std::stable_sort(rows.begin(), rows.end(),
                   [&](std::size_t a, std::size_t b) { return lengths[a] < lengths[b]; });
  std::size_t cut = 1, least = 0;
  for (std::size_t first = 1; first < rows.size(); ++first) {
    const std::size_t longer =
        std::max(first * lengths[rows[first - 1]], (rows.size() - first) * lengths[rows.back()]);
    if (first > 1 && longer >= least) continue;
    cut = first;
    least = longer;
  }
  const auto middle = rows.begin() + static_cast<std::ptrdiff_t>(cut);
  return {{rows.begin(), middle}, {middle, rows.end()}};
}

}  // namespace attune
