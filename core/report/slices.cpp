#include "core/report/slices.h"

#include <algorithm>
#include <cmath>
#include <map>

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

// Four parts of about as many items each; equal numbers stay together, not-a-number is left out.
void addQuarters(std::vector<Slice>& slices, const std::string& kind, const std::string& unit,
                 const std::vector<double>& values) {
  constexpr std::size_t kParts = 4;
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (std::isfinite(values[i])) order.push_back(i);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  for (std::size_t begin = 0, part = 1; part <= kParts && begin < order.size(); ++part) {
    std::size_t end = std::max(begin + 1, order.size() * part / kParts);
    while (end < order.size() && values[order[end]] == values[order[end - 1]]) ++end;
    Slice slice{kind,
                formatShortest(values[order[begin]]) + " to " + formatShortest(values[order[end - 1]]) + unit,
                {order.begin() + static_cast<std::ptrdiff_t>(begin),
                 order.begin() + static_cast<std::ptrdiff_t>(end)},
                {}};
    std::sort(slice.items.begin(), slice.items.end());
    slices.push_back(std::move(slice));
    begin = end;
  }
}

void addColumn(std::vector<Slice>& slices, const std::vector<StoredExample>& items, const std::string& name,
               std::size_t column) {
  constexpr std::size_t kMostValues = 12;
  std::map<std::string, std::vector<std::size_t>> values;
  std::vector<double> numbers(items.size(), NAN);
  std::size_t filled = 0, numeric = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (column >= items[i].extra.size() || items[i].extra[column].empty()) continue;
    const std::string& value = items[i].extra[column];
    values[value].push_back(i);
    ++filled;
    if (const auto number = parseDouble(value)) {
      numbers[i] = *number;
      ++numeric;
    }
  }
  if (values.size() >= 2 && values.size() <= kMostValues) {
    for (auto& [value, places] : values) slices.push_back({name, value, std::move(places), {}});
  } else if (values.size() > kMostValues && numeric * 10 >= filled * 9) {
    addQuarters(slices, name, "", numbers);
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
  std::vector<double> lengths;
  for (const StoredExample& item : items) lengths.push_back(static_cast<double>(lengthOf(item.text)));
  addQuarters(slices, "Length", " characters", lengths);
  for (std::size_t column = 0; column < comparison.dataset.extraColumns.size(); ++column)
    addColumn(slices, items, comparison.dataset.extraColumns[column], column);
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
