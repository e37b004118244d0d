#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace attune {

// How a question can be put otherwise without changing what it means.
struct Wording {
  std::string family;                   // "format", "lead_in", "label_words", "example_order"
  std::string name;                     // "upper_case"
  std::string pattern;                  // template (PromptTemplate)
  std::vector<std::string> labelWords;  // in the order of the labels
  int exampleOrder = 0;                 // k-th further order of the examples shown; 0: their own

  std::string title() const { return family + "/" + name; }
};

// The frozen panel: 20 wordings in four families of five, made from a template and its label words before
// anything is known of the answers. Left out are those that would change nothing (upper case of capitals),
// that would make two labels look alike, and orders where fewer than two examples are shown.
std::vector<Wording> wordingPanel(const std::string& pattern, const std::vector<std::string>& labelWords,
                                  std::int64_t shots);
// SHA-256 over what the panel does; another panel has another one.
std::string wordingPanelHash();

}  // namespace attune
