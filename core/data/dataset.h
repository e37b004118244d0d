#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace attune {

enum class Split { kTrain = 0, kValidation = 1, kTest = 2 };

const char* splitName(Split split);  // "train", "validation", "test"
Split splitFromName(const std::string& name);

// One labelled text. `line` is the 1-based line of the source file where it begins.
struct Example {
  std::string text;        // valid UTF-8, not empty
  std::int64_t label = 0;  // index into Dataset::labels()
  std::int64_t line = 0;
};

// Labelled texts in three splits. Immutable, so it is shared read-only between threads.
class Dataset {
 public:
  // `examples` and `splits` have equal length; the position is the example's row number everywhere.
  // Throws Error(kInvalidInput) when a label is out of range or a text is not valid UTF-8.
  // With `freeAnswers` the labels are not a few classes but whatever was answered, each text once.
  Dataset(std::string name, std::vector<std::string> labels, std::vector<Example> examples,
          std::vector<Split> splits, bool freeAnswers = false);

  const std::string& name() const { return name_; }
  const std::vector<std::string>& labels() const { return labels_; }
  bool freeAnswers() const { return freeAnswers_; }
  const std::vector<Example>& examples() const { return examples_; }
  Split splitOf(std::int64_t row) const { return splits_[static_cast<std::size_t>(row)]; }
  // Row numbers of a split, ascending.
  const std::vector<std::int64_t>& rows(Split split) const { return rows_[static_cast<std::size_t>(split)]; }
  // Rows of a split by label: [label] -> count.
  std::vector<std::int64_t> labelCounts(Split split) const;

  const std::string& hash() const { return hash_; }            // labels, texts, their order
  const std::string& splitHash() const { return splitHash_; }  // which row is in which split

 private:
  std::string name_;
  std::vector<std::string> labels_;
  std::vector<Example> examples_;
  std::vector<Split> splits_;
  bool freeAnswers_ = false;
  std::vector<std::int64_t> rows_[3];
  std::string hash_;
  std::string splitHash_;
};

}  // namespace attune
