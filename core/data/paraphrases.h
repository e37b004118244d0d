#pragma once

#include <functional>
#include <string>
#include <vector>

namespace attune {

// How a text can be put otherwise without changing what it means, as the invariance tests of CheckList do
// (Ribeiro et al. 2020). A text that has nothing of the kind stays as it is.
struct Paraphrase {
  std::string name;  // "contractions"
  std::function<std::string(const std::string&)> change;
};

// The frozen panel of eight. Words are changed in English only; what changes letters, numbers or marks works
// on any text. The same text gives the same one always.
const std::vector<Paraphrase>& paraphrasePanel();
// SHA-256 over what the panel does; another panel has another one.
std::string paraphrasePanelHash();

}  // namespace attune
