#pragma once

#include <string>
#include <vector>

#include "core/base/seed.h"
#include "core/data/dataset.h"
#include "core/data/import.h"

namespace attune {

// Assigns examples to splits: balanced by label (each label's share in a split is as near to the ratio as
// whole rows allow; every label with at least 3 distinct texts is in all three splits), texts that are equal
// after foldForComparison always together. Depends only on the arguments.
std::vector<Split> splitByLabel(const std::vector<Example>& examples, std::size_t labelCount,
                                const SplitRatios& ratios, Seed seed);

// At most `count` rows of the training split, balanced by label, nested: the rows for a smaller count are
// among those for a larger one. 0 means all.
std::vector<std::int64_t> trainSubset(const Dataset& dataset, std::int64_t count, Seed seed);

}  // namespace attune
