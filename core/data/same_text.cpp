#include "core/data/same_text.h"

#include <string>
#include <unordered_map>

#include "core/base/text.h"

namespace attune {

std::vector<std::size_t> firstWithSameText(const std::vector<Example>& examples) {
  std::vector<std::size_t> first(examples.size());
  std::unordered_map<std::string, std::size_t> seen;
  seen.reserve(examples.size());
  for (std::size_t i = 0; i < examples.size(); ++i) {
    std::string key = foldForComparison(examples[i].text);
    // No folded text begins with a blank.
    if (key.empty()) key = " " + std::string(trim(examples[i].text));
    first[i] = seen.try_emplace(std::move(key), i).first->second;
  }
  return first;
}

}  // namespace attune
