#include "core/data/check.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "core/base/text.h"
#include "core/data/finding.h"
#include "core/data/same_text.h"

namespace attune {
namespace {

constexpr std::int64_t kRareRows = 10;
constexpr std::int64_t kFewTestRows = 100;
constexpr std::size_t kLongWords = 2000;
constexpr std::size_t kShownNames = 5;
constexpr std::array kSplits = {Split::kTrain, Split::kValidation, Split::kTest};

using Lines = Findings::Lines;

// What all checks look at. Rows are numbered as in the dataset.
struct Checked {
  const Dataset& dataset;
  std::array<std::string, 3> files;          // by split
  std::vector<std::size_t> first;            // first row with the same text
  std::map<std::string, Findings> findings;  // by file

  std::size_t splitOf(std::size_t row) const {
    return static_cast<std::size_t>(dataset.splitOf(static_cast<std::int64_t>(row)));
  }
  const std::string& fileOf(std::size_t row) const { return files[splitOf(row)]; }
  std::int64_t lineOf(std::size_t row) const { return dataset.examples()[row].line; }
  const std::string& labelOf(std::size_t row) const {
    return dataset.labels()[static_cast<std::size_t>(dataset.examples()[row].label)];
  }
  std::size_t rowCount() const { return dataset.examples().size(); }
  Findings& of(const std::string& file) { return findings.try_emplace(file, file).first->second; }
  Findings& whole() { return of(files[0]); }
};

// "'maybe' (1 row), 'no' (6 rows) and 3 more"
template <typename Items, typename Format>
std::string nameList(const Items& items, Format format) {
  std::string text;
  std::size_t shown = 0;
  for (const auto& item : items) {
    if (shown == kShownNames) return text + " and " + std::to_string(items.size() - shown) + " more";
    if (shown++ > 0) text += ", ";
    text += format(item);
  }
  return text;
}

void checkDuplicates(Checked& checked) {
  std::map<std::string, Lines> byFile;
  std::set<std::pair<std::size_t, std::pair<std::size_t, std::int64_t>>> seen;  // split, text, label
  for (std::size_t row = 0; row < checked.rowCount(); ++row) {
    // Most rows are the first with their text and need no look-up unless somebody follows; the set stays
    // small because only texts that occur again are entered.
    if (checked.first[row] == row) continue;
    const auto keyOf = [&](std::size_t r) {
      return std::pair(checked.splitOf(r), std::pair(checked.first[r], checked.dataset.examples()[r].label));
    };
    seen.insert(keyOf(checked.first[row]));
    if (!seen.insert(keyOf(row)).second) byFile[checked.fileOf(row)].push_back(checked.lineOf(row));
  }
  for (auto& [file, lines] : byFile)
    checked.of(file).warn("duplicate_text",
                          countText(static_cast<std::int64_t>(lines.size()), "row") +
                              (lines.size() == 1 ? " repeats" : " repeat") +
                              " the text and label of an earlier row: " + lineList(lines) + ".",
                          "Remove the copies: they count several times in training and in the scores.",
                          lines);
}

void checkConflicts(Checked& checked) {
  std::map<std::size_t, std::vector<std::size_t>> rowsByText;  // texts that occur more than once
  for (std::size_t row = 0; row < checked.rowCount(); ++row) {
    if (checked.first[row] == row) continue;
    std::vector<std::size_t>& rows = rowsByText[checked.first[row]];
    if (rows.empty()) rows.push_back(checked.first[row]);
    rows.push_back(row);
  }
  struct Conflicts {
    std::int64_t texts = 0;
    Lines lines;
    std::string example;
  };
  std::map<std::string, Conflicts> byFile;
  for (const auto& [text, rows] : rowsByText) {
    const auto other = std::find_if(rows.begin(), rows.end(), [&](std::size_t row) {
      return checked.dataset.examples()[row].label != checked.dataset.examples()[text].label;
    });
    if (other == rows.end()) continue;
    const std::string& file = checked.fileOf(text);
    Conflicts& conflicts = byFile[file];
    if (conflicts.texts++ == 0) {
      const bool sameFile = checked.fileOf(*other) == file;
      conflicts.example = inQuotes(checked.labelOf(text)) + " in line " +
                          std::to_string(checked.lineOf(text)) + " and " + inQuotes(checked.labelOf(*other)) +
                          " in line " + std::to_string(checked.lineOf(*other)) +
                          (sameFile ? "" : " of " + checked.fileOf(*other));
    }
    for (const std::size_t row : rows)
      if (checked.fileOf(row) == file) conflicts.lines.push_back(checked.lineOf(row));
  }
  for (auto& [file, conflicts] : byFile) {
    std::sort(conflicts.lines.begin(), conflicts.lines.end());
    checked.of(file).warn("conflicting_labels",
                          countText(conflicts.texts, "text") + (conflicts.texts == 1 ? " has" : " have") +
                              " more than one label, first " + conflicts.example +
                              "; all: " + lineList(conflicts.lines) + ".",
                          "Decide which label is right and remove the other rows.", conflicts.lines);
  }
}

void checkOverlap(Checked& checked) {
  std::vector<bool> inTrain(checked.rowCount(), false);  // by the first row with the text
  for (const std::int64_t row : checked.dataset.rows(Split::kTrain))
    inTrain[checked.first[static_cast<std::size_t>(row)]] = true;
  for (const Split split : {Split::kValidation, Split::kTest}) {
    Lines lines;
    for (const std::int64_t row : checked.dataset.rows(split))
      if (inTrain[checked.first[static_cast<std::size_t>(row)]])
        lines.push_back(checked.lineOf(static_cast<std::size_t>(row)));
    if (lines.empty()) continue;
    const auto all = static_cast<std::int64_t>(checked.dataset.rows(split).size());
    checked.of(checked.files[static_cast<std::size_t>(split)])
        .warn("split_overlap",
              std::to_string(lines.size()) + " of " + countText(all, "row") + " of the " + splitName(split) +
                  " split have a text that is also in the training split: " + lineList(lines) + ".",
              "Remove these rows from one of the two splits; scores would be too good.", lines);
  }
}

void checkLabelCounts(Checked& checked) {
  const Dataset& dataset = checked.dataset;
  const std::size_t labels = dataset.labels().size();
  std::array<std::vector<std::int64_t>, 3> counts;
  for (const Split split : kSplits) counts[static_cast<std::size_t>(split)] = dataset.labelCounts(split);
  std::vector<std::size_t> used, rare;
  std::vector<std::int64_t> total(labels, 0);
  for (std::size_t label = 0; label < labels; ++label) {
    for (const auto& ofSplit : counts) total[label] += ofSplit[label];
    if (total[label] > 0) used.push_back(label);
    if (total[label] > 0 && total[label] < kRareRows) rare.push_back(label);
  }
  if (used.size() == 1 && !dataset.freeAnswers())
    checked.whole().error("one_label",
                          "All " + countText(total[used.front()], "row") + " have the label " +
                              inQuotes(dataset.labels()[used.front()]) + "; there is nothing to compare.",
                          "Choose another label column, or add rows with other labels.");
  const auto withCount = [&](std::size_t label) {
    return inQuotes(dataset.labels()[label]) + " (" + countText(total[label], "row") + ")";
  };
  std::stable_sort(rare.begin(), rare.end(),
                   [&](std::size_t a, std::size_t b) { return total[a] < total[b]; });
  if (!rare.empty() && !dataset.freeAnswers())
    checked.whole().warn(
        "rare_label",
        countText(static_cast<std::int64_t>(rare.size()), "label") + (rare.size() == 1 ? " has" : " have") +
            " fewer than 10 rows: " + nameList(rare, withCount) + ".",
        "Add rows with these labels or join them with others; their scores would be chance.");

  // A label that training does not see, or that is never tested.
  if (used.size() < 2) return;
  for (const Split split : kSplits) {
    if (dataset.freeAnswers()) break;
    std::vector<std::size_t> alone;
    for (const std::size_t label : used)
      if (counts[static_cast<std::size_t>(split)][label] == total[label]) alone.push_back(label);
    const bool otherSplitsEmpty = dataset.rows(split).size() == checked.rowCount();
    if (alone.empty() || otherSplitsEmpty) continue;
    const std::set<std::int64_t> chosen(alone.begin(), alone.end());
    Lines lines;
    for (const std::int64_t row : dataset.rows(split)) {
      const Example& example = dataset.examples()[static_cast<std::size_t>(row)];
      if (chosen.contains(example.label)) lines.push_back(example.line);
    }
    std::sort(lines.begin(), lines.end());
    const bool one = alone.size() == 1;
    checked.of(checked.files[static_cast<std::size_t>(split)])
        .warn("label_in_one_split",
              countText(static_cast<std::int64_t>(alone.size()), "label") + (one ? " is" : " are") +
                  " only in the " + (split == Split::kTrain ? "training" : splitName(split)) +
                  " split: " + nameList(alone, withCount) + ", " + lineList(lines) + ".",
              split == Split::kTrain ? "Add rows with the label, so that it can be tested as well."
                                     : "Nothing can learn this label: add training rows or remove these.",
              lines);
  }
  if (static_cast<std::int64_t>(dataset.rows(Split::kTest).size()) < kFewTestRows)
    checked.of(checked.files[2])
        .warn("few_test_rows",
              "The test split has " +
                  countText(static_cast<std::int64_t>(dataset.rows(Split::kTest).size()), "row") +
                  ", fewer than 100; only large differences will be told from chance.",
              "Add data, or give the test split a larger share.");
}

// The label without case and blanks. Punctuation counts: "+1" is not "-1".
std::string variantKey(std::string_view label) {
  std::string key, piece;
  const auto close = [&] {
    // The number of characters guards against letters that the folding drops.
    if (!piece.empty()) key += foldForComparison(piece) + '\x02' + std::to_string(countCodePoints(piece));
    piece.clear();
  };
  for (const char c : label) {
    const auto byte = static_cast<unsigned char>(c);
    const bool word =
        byte >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (trim(std::string_view(&c, 1)).empty()) continue;
    if (word) {
      piece += c;
    } else {
      close();
      key += c;
    }
  }
  close();
  return key;
}

void checkLabelVariants(Checked& checked) {
  const std::vector<std::string>& labels = checked.dataset.labels();
  std::map<std::string, std::vector<std::size_t>> byKey;
  for (std::size_t label = 0; label < labels.size(); ++label)
    byKey[variantKey(labels[label])].push_back(label);
  std::vector<std::int64_t> firstLine(labels.size(), -1);
  for (const Example& example : checked.dataset.examples()) {
    std::int64_t& line = firstLine[static_cast<std::size_t>(example.label)];
    if (line < 0) line = example.line;
  }
  for (const auto& [key, variants] : byKey) {
    if (variants.size() < 2) continue;
    Lines lines;
    for (const std::size_t label : variants)
      if (firstLine[label] > 0) lines.push_back(firstLine[label]);
    std::sort(lines.begin(), lines.end());
    checked.whole().warn("label_variants",
                         countText(static_cast<std::int64_t>(variants.size()), "label") +
                             " differ only in case or blanks: " +
                             nameList(variants, [&](std::size_t label) { return inQuotes(labels[label]); }) +
                             (lines.empty() ? "." : ", first in " + lineList(lines) + "."),
                         "If they mean the same, write them alike in the file.", lines);
  }
}

std::size_t countWords(std::string_view text) {
  std::size_t words = 0;
  bool inside = false;
  for (const char c : text) {
    const bool blank = c == ' ' || (c >= '\t' && c <= '\r');
    if (!blank && !inside) ++words;
    inside = !blank;
  }
  return words;
}

void checkLengths(Checked& checked) {
  struct Long {
    Lines lines;
    std::size_t mostWords = 0;
  };
  std::map<std::string, Long> byFile;
  for (std::size_t row = 0; row < checked.rowCount(); ++row) {
    const std::string& text = checked.dataset.examples()[row].text;
    if (text.size() < 2 * kLongWords) continue;
    const std::size_t words = countWords(text);
    if (words <= kLongWords) continue;
    Long& found = byFile[checked.fileOf(row)];
    found.lines.push_back(checked.lineOf(row));
    found.mostWords = std::max(found.mostWords, words);
  }
  for (auto& [file, found] : byFile)
    checked.of(file).warn(
        "long_text",
        countText(static_cast<std::int64_t>(found.lines.size()), "text") +
            (found.lines.size() == 1 ? " has" : " have") + " more than 2,000 words (up to " +
            std::to_string(found.mostWords) + "): " + lineList(found.lines) + ".",
        "Models read only the beginning of such texts; shorten them if the end matters.", found.lines);
}

}  // namespace

std::vector<Diagnostic> checkDataset(const Dataset& dataset, const std::string& file) {
  return checkDataset(dataset, SplitFiles{file, file, file});
}

std::vector<Diagnostic> checkDataset(const Dataset& dataset, const SplitFiles& files) {
  Checked checked{dataset,
                  {files.train, files.validation.empty() ? files.train : files.validation,
                   files.test.empty() ? files.train : files.test},
                  firstWithSameText(dataset.examples()),
                  {}};
  checkOverlap(checked);
  checkConflicts(checked);
  if (!dataset.freeAnswers()) checkLabelVariants(checked);
  checkDuplicates(checked);
  checkLengths(checked);
  checkLabelCounts(checked);
  std::vector<Diagnostic> all;
  for (auto& [file, findings] : checked.findings)
    for (Diagnostic& diagnostic : findings.list()) all.push_back(std::move(diagnostic));
  sortBySeverity(all);
  return all;
}

}  // namespace attune
