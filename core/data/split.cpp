#include "core/data/split.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "core/base/error.h"
#include "core/data/same_text.h"

namespace attune {
namespace {

using Shares = std::array<double, 3>;
using Counts = std::array<std::int64_t, 3>;

// All rows with one text; they stay together.
struct Group {
  std::map<std::size_t, std::int64_t> rowsByLabel;  // more than one label only where labels contradict
  std::vector<std::size_t> rows;
  std::size_t split = 0;
};

Shares normalised(const SplitRatios& ratios) {
  const Shares shares = {ratios.train, ratios.validation, ratios.test};
  double sum = 0;
  for (const double share : shares) {
    if (!std::isfinite(share) || share < 0)
      throw Error(ErrorKind::kUsage, "a share of the split is negative or not a number",
                  "Use shares such as 0.7, 0.15 and 0.15.");
    sum += share;
  }
  if (sum <= 0)
    throw Error(ErrorKind::kUsage, "all shares of the split are zero",
                "Use shares such as 0.7, 0.15 and 0.15.");
  return {shares[0] / sum, shares[1] / sum, shares[2] / sum};
}

// Whole rows for each split by largest remainder. Equal remainders go where most rows are still owed over all
// labels (`owed`), so that rounding does not always favour the same split.
Counts targetsFor(std::int64_t rows, std::int64_t distinctTexts, const Shares& shares, Shares& owed) {
  Counts target{};
  Shares remainder{};
  std::int64_t left = rows;
  for (std::size_t s = 0; s < 3; ++s) {
    const double exact = shares[s] * static_cast<double>(rows);
    // 0.15 * 20 must not become 2 rows because it is a hair below 3.
    target[s] = static_cast<std::int64_t>(std::floor(exact + 1e-9));
    remainder[s] = std::max(0.0, exact - static_cast<double>(target[s]));
    owed[s] += exact - static_cast<double>(target[s]);
    left -= target[s];
  }
  for (; left > 0; --left) {
    std::size_t best = 0;
    for (std::size_t s = 1; s < 3; ++s) {
      const bool larger = remainder[s] > remainder[best] + 1e-9;
      const bool equal = std::fabs(remainder[s] - remainder[best]) <= 1e-9;
      if (larger || (equal && owed[s] > owed[best] + 1e-9)) best = s;
    }
    ++target[best];
    remainder[best] -= 1;
    owed[best] -= 1;
  }
  if (distinctTexts >= 3)
    for (std::size_t s = 0; s < 3; ++s)
      if (target[s] == 0 && shares[s] > 0) {
        const auto largest =
            static_cast<std::size_t>(std::max_element(target.begin(), target.end()) - target.begin());
        --target[largest];
        ++target[s];
      }
  return target;
}

// The split that lacks the largest part of what it should get of the group's labels, among those with room.
std::size_t bestSplit(const Group& group, const std::vector<Counts>& target,
                      const std::vector<Counts>& remaining, const Shares& shares) {
  std::size_t best = 3;
  bool bestFits = false;
  double bestScore = 0;
  for (std::size_t s = 0; s < 3; ++s) {
    if (shares[s] <= 0) continue;
    bool fits = true;
    double wanted = 0, lacking = 0;
    for (const auto& [label, rows] : group.rowsByLabel) {
      fits = fits && remaining[label][s] >= rows;
      wanted += static_cast<double>(target[label][s]);
      lacking += static_cast<double>(remaining[label][s]);
    }
    // Without room the group goes where it does the least harm: to the split that lacks most rows.
    const double score = fits && wanted > 0 ? lacking / wanted : lacking;
    if (best == 3 || (fits && !bestFits) || (fits == bestFits && score > bestScore)) {
      best = s;
      bestFits = fits;
      bestScore = score;
    }
  }
  return best;
}

// Moves groups so that every label with at least three texts is in all splits that have a share.
// Contradicting labels can make that impossible; then the nearest is kept.
void fillEmptySplits(std::vector<Group>& groups, std::size_t labelCount, const Shares& shares) {
  std::vector<std::vector<std::size_t>> groupsOf(labelCount);
  std::vector<Counts> present(labelCount, Counts{});
  for (std::size_t g = 0; g < groups.size(); ++g)
    for (const auto& [label, rows] : groups[g].rowsByLabel) {
      groupsOf[label].push_back(g);
      ++present[label][groups[g].split];
    }
  const auto mayLeave = [&](const Group& group) {
    return std::all_of(group.rowsByLabel.begin(), group.rowsByLabel.end(), [&](const auto& entry) {
      return groupsOf[entry.first].size() < 3 || present[entry.first][group.split] > 1;
    });
  };
  for (std::size_t label = 0; label < labelCount; ++label) {
    if (groupsOf[label].size() < 3) continue;
    for (std::size_t s = 0; s < 3; ++s) {
      if (shares[s] <= 0 || present[label][s] > 0) continue;
      Group* smallest = nullptr;
      for (const std::size_t g : groupsOf[label])
        if (mayLeave(groups[g]) && (!smallest || groups[g].rows.size() < smallest->rows.size()))
          smallest = &groups[g];
      if (!smallest) continue;
      for (const auto& [other, rows] : smallest->rowsByLabel) {
        --present[other][smallest->split];
        ++present[other][s];
      }
      smallest->split = s;
    }
  }
}

}  // namespace

std::vector<Split> splitByLabel(const std::vector<Example>& examples, std::size_t labelCount,
                                const SplitRatios& ratios, Seed seed) {
  const Shares shares = normalised(ratios);
  std::vector<Group> groups;
  std::vector<std::size_t> groupOf(examples.size());
  const std::vector<std::size_t> first = firstWithSameText(examples);
  std::vector<std::int64_t> rowCount(labelCount, 0), textCount(labelCount, 0);
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const auto label = static_cast<std::size_t>(examples[i].label);
    if (examples[i].label < 0 || label >= labelCount)
      throw Error(ErrorKind::kInternal, "a label is out of range");
    if (first[i] == i) {
      groupOf[i] = groups.size();
      groups.emplace_back();
    }
    groupOf[i] = groupOf[first[i]];
    Group& group = groups[groupOf[i]];
    group.rows.push_back(i);
    if (group.rowsByLabel[label]++ == 0) ++textCount[label];
    ++rowCount[label];
  }

  std::vector<Counts> target(labelCount);
  Shares owed{};
  for (std::size_t label = 0; label < labelCount; ++label)
    target[label] = targetsFor(rowCount[label], textCount[label], shares, owed);

  // Large groups first: the small ones fill the gaps that they leave.
  Random random(seed.sub("split"));
  random.shuffle(groups);
  std::stable_sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) {
    if (a.rowsByLabel.size() != b.rowsByLabel.size()) return a.rowsByLabel.size() > b.rowsByLabel.size();
    return a.rows.size() > b.rows.size();
  });
  std::vector<Counts> remaining = target;
  for (Group& group : groups) {
    group.split = bestSplit(group, target, remaining, shares);
    for (const auto& [label, rows] : group.rowsByLabel) remaining[label][group.split] -= rows;
  }
  fillEmptySplits(groups, labelCount, shares);

  std::vector<Split> splits(examples.size(), Split::kTrain);
  for (const Group& group : groups)
    for (const std::size_t row : group.rows) splits[row] = static_cast<Split>(group.split);
  return splits;
}

std::vector<std::int64_t> trainSubset(const Dataset& dataset, std::int64_t count, Seed seed) {
  if (count < 0)
    throw Error(ErrorKind::kUsage, "the number of training rows is negative: " + std::to_string(count),
                "Use 0 for all rows.");
  const std::vector<std::int64_t>& rows = dataset.rows(Split::kTrain);
  if (count == 0 || count >= static_cast<std::int64_t>(rows.size())) return rows;

  Random random(seed.sub("train subset"));
  std::vector<std::vector<std::int64_t>> byLabel(dataset.labels().size());
  for (const std::int64_t row : rows)
    byLabel[static_cast<std::size_t>(dataset.examples()[static_cast<std::size_t>(row)].label)].push_back(row);
  for (auto& ofLabel : byLabel) random.shuffle(ofLabel);
  random.shuffle(byLabel);  // no label always comes first

  // Row i of the n rows of a label has its turn at i/n of the way: each label once, then in proportion.
  struct Turn {
    std::uint64_t index, total;
    std::int64_t row;
  };
  std::vector<Turn> turns;
  for (const auto& ofLabel : byLabel)
    for (std::size_t i = 0; i < ofLabel.size(); ++i) turns.push_back({i, ofLabel.size(), ofLabel[i]});
  std::stable_sort(turns.begin(), turns.end(),
                   [](const Turn& a, const Turn& b) { return a.index * b.total < b.index * a.total; });
  std::vector<std::int64_t> subset;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) subset.push_back(turns[i].row);
  std::sort(subset.begin(), subset.end());
  return subset;
}

}  // namespace attune
