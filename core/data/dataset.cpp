#include "core/data/dataset.h"

#include "core/base/error.h"
#include "core/base/hash.h"
#include "core/base/text.h"

namespace attune {

const char* splitName(Split split) {
  switch (split) {
    case Split::kTrain:
      return "train";
    case Split::kValidation:
      return "validation";
    case Split::kTest:
      return "test";
  }
  throw Error(ErrorKind::kInternal, "unknown split");
}

Split splitFromName(const std::string& name) {
  for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest})
    if (name == splitName(split)) return split;
  throw Error(ErrorKind::kUsage, "there is no split called '" + name + "'",
              "The splits are train, validation and test.");
}

Dataset::Dataset(std::string name, std::vector<std::string> labels, std::vector<Example> examples,
                 std::vector<Split> splits, bool freeAnswers)
    : name_(std::move(name)),
      labels_(std::move(labels)),
      examples_(std::move(examples)),
      splits_(std::move(splits)),
      freeAnswers_(freeAnswers) {
  if (examples_.size() != splits_.size())
    throw Error(ErrorKind::kInternal, "a dataset of " + std::to_string(examples_.size()) + " examples has " +
                                          std::to_string(splits_.size()) + " split entries");
  Sha256 content;
  content.addField(freeAnswers ? "attune dataset of answers 1" : "attune dataset 1")
      .addField(std::to_string(labels_.size()));
  for (const std::string& label : labels_) {
    if (firstInvalidUtf8(label)) throw Error(ErrorKind::kInvalidInput, "a label is not valid UTF-8");
    content.addField(label);
  }
  std::string assignment(splits_.size(), '0');
  for (std::size_t i = 0; i < examples_.size(); ++i) {
    const Example& example = examples_[i];
    if (example.label < 0 || static_cast<std::size_t>(example.label) >= labels_.size())
      throw Error(ErrorKind::kInvalidInput, "row " + std::to_string(i) + " has label number " +
                                                std::to_string(example.label) + ", but there are " +
                                                std::to_string(labels_.size()) + " labels")
          .atRow(example.line);
    if (firstInvalidUtf8(example.text))
      throw Error(ErrorKind::kInvalidInput, "the text of row " + std::to_string(i) + " is not valid UTF-8")
          .atRow(example.line);
    content.addField(example.text).addField(std::to_string(example.label));
    const auto split = static_cast<std::size_t>(splits_[i]);
    rows_[split].push_back(static_cast<std::int64_t>(i));
    assignment[i] = static_cast<char>('0' + split);
  }
  hash_ = content.hex();
  splitHash_ = Sha256().addField("attune split 1").addField(assignment).hex();
}

std::vector<std::int64_t> Dataset::labelCounts(Split split) const {
  std::vector<std::int64_t> counts(labels_.size(), 0);
  for (const std::int64_t row : rows(split))
    ++counts[static_cast<std::size_t>(examples_[static_cast<std::size_t>(row)].label)];
  return counts;
}

}  // namespace attune
