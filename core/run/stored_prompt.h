#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/data/demonstrations.h"

namespace attune {

// How a run asks its model: "prompt.json" beside the adapter.
struct StoredPrompt {
  std::string pattern;                                     // of the question (PromptTemplate)
  std::vector<Demonstration> examples;                     // shown in front of it
  std::vector<std::pair<std::string, std::string>> words;  // of the labels, in their order
  std::vector<double> prior;  // contextual calibration: what each label gets without a question; empty: none

  // Leaves out the words of labels that are not among these.
  void keepWordsOf(const std::vector<std::string>& labels);
  // Of the labels, "label = word" a line, for labelWords().
  std::string wordLines() const;
  // The pattern with the examples in front.
  std::string wholePattern(const std::vector<std::string>& labelWords) const;
};

constexpr const char* kPromptFile = "prompt.json";

void writePrompt(const std::string& folder, const StoredPrompt& prompt);
// Nothing where there is none. Throws Error(kInvalidInput) for a file that cannot be read.
std::optional<StoredPrompt> readPrompt(const std::string& folder);

}  // namespace attune
