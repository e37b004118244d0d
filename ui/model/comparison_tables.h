#pragma once

#include "core/report/comparison.h"
#include "ui/model/cell_table_model.h"

namespace attune {

// What the Compare pane's tabs show, as plain tables made from the comparison alone.
CellTable summaryTable(const Comparison& comparison, std::size_t baseline);
CellTable costTable(const Comparison& comparison);
// Rows: settings; columns: methods. Only those whose values differ, or all.
CellTable settingsTable(const Comparison& comparison, bool onlyDifferent);

// Rows: parts of the test examples; columns: methods.
CellTable slicesTable(const Comparison& comparison);
// Rows: right labels; columns: answers of the configuration. Without rows for free answers.
CellTable confusionTable(const Comparison& comparison, std::size_t configuration);

// Examples: which of two methods got an item right, by the majority of their seeds.
enum class Agreement { kBothRight, kOnlyA, kOnlyB, kBothWrong };
Agreement agreementOf(const Comparison& comparison, std::size_t a, std::size_t b, std::size_t item);
// One row a test item: number, text, right answer, then every method's answer. Key: the item's index.
// A star stands in front of the numbers of those that are marked with one.
CellTable answersTable(const Comparison& comparison, const std::map<std::int64_t, ExampleMark>& marks = {});

}  // namespace attune
