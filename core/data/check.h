#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/data/dataset.h"

namespace attune {

// What is wrong with a dataset, with line numbers. Rules: "duplicate_text", "conflicting_labels",
// "split_overlap", "rare_label" (fewer than 10 rows), "label_in_one_split", "label_variants", "one_label",
// "long_text" (over 2,000 words), "few_test_rows" (fewer than 100). Most severe first.
std::vector<Diagnostic> checkDataset(const Dataset& dataset, const std::string& file);

// Where the rows of each split come from, when that is not one file.
struct SplitFiles {
  std::string train, validation, test;
};
std::vector<Diagnostic> checkDataset(const Dataset& dataset, const SplitFiles& files);

}  // namespace attune
