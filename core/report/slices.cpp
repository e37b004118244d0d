#include "core/report/slices.h"

#include <algorithm>
#include <numeric>

#include "core/base/text.h"
#include "core/report/crossed.h"

namespace attune {
namespace {

std::size_t lengthOf(const std::string& text) {  // in characters
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

void measure(const Comparison& comparison, Slice& slice) {
  for (const Configuration& configuration : comparison.configurations) {
    Outcomes part;
    for (const auto& row : configuration.outcomes) {
      auto& answers = part.emplace_back();
      for (const std::size_t item : slice.items) answers.push_back(row[item]);
    }
    slice.shares.push_back({meanAccuracy(part), accuracyInterval(part)});
  }
}

}  // namespace

std::vector<Slice> slicesOf(const Comparison& comparison) {
  const std::vector<StoredExample>& items = comparison.testItems;
  std::vector<Slice> slices;
  if (!comparison.dataset.freeAnswers)
    for (std::size_t label = 0; label < comparison.dataset.labels.size(); ++label) {
      Slice slice{"Label", comparison.dataset.labels[label], {}, {}};
      for (std::size_t i = 0; i < items.size(); ++i)
        if (items[i].label == static_cast<std::int64_t>(label)) slice.items.push_back(i);
      slices.push_back(std::move(slice));
    }
  constexpr std::size_t kParts = 4;
  std::vector<std::size_t> lengths, order(items.size());
  for (const StoredExample& item : items) lengths.push_back(lengthOf(item.text));
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return lengths[a] < lengths[b]; });
  for (std::size_t begin = 0, part = 1; part <= kParts && begin < order.size(); ++part) {
    std::size_t end = std::max(begin + 1, order.size() * part / kParts);
    // Texts of the same length stay together.
    while (end < order.size() && lengths[order[end]] == lengths[order[end - 1]]) ++end;
    Slice slice{"Length",
                std::to_string(lengths[order[begin]]) + " to " + std::to_string(lengths[order[end - 1]]) +
                    " characters",
                {order.begin() + static_cast<std::ptrdiff_t>(begin),
                 order.begin() + static_cast<std::ptrdiff_t>(end)},
                {}};
    std::sort(slice.items.begin(), slice.items.end());
    slices.push_back(std::move(slice));
    begin = end;
  }
  std::erase_if(slices, [](const Slice& slice) { return slice.items.empty(); });
  for (Slice& slice : slices) measure(comparison, slice);
  return slices;
}

std::vector<std::vector<double>> confusionOf(const Comparison& comparison,
                                             const Configuration& configuration) {
  const std::size_t labels = comparison.dataset.labels.size();
  std::vector<std::vector<double>> counts(labels, std::vector<double>(labels, 0));
  const double share = 1 / static_cast<double>(std::max<std::size_t>(1, configuration.predicted.size()));
  for (const auto& answers : configuration.predicted)
    for (std::size_t i = 0; i < answers.size(); ++i)
      if (answers[i] >= 0 && static_cast<std::size_t>(answers[i]) < labels)
        counts[static_cast<std::size_t>(comparison.testItems[i].label)]
              [static_cast<std::size_t>(answers[i])] += share;
  return counts;
}

}  // namespace attune
