#include "core/report/word_diff.h"

#include <algorithm>
#include <cstdint>

namespace attune {
namespace {

constexpr std::size_t kMostWords = 2000;

std::vector<std::string> wordsOf(std::string_view text) {
  std::vector<std::string> words;
  constexpr std::string_view kBlanks = " \t\r\n";
  for (std::size_t at = text.find_first_not_of(kBlanks); at != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(kBlanks, at), text.size());
    words.emplace_back(text.substr(at, end - at));
    at = text.find_first_not_of(kBlanks, end);
  }
  return words;
}

}  // namespace

std::vector<DiffWord> wordDiff(std::string_view reference, std::string_view answer) {
  const std::vector<std::string> a = wordsOf(reference), b = wordsOf(answer);
  std::vector<DiffWord> diff;
  const bool compared = a.size() <= kMostWords && b.size() <= kMostWords;
  // common[i][j]: longest common subsequence of what is left from i and j on.
  std::vector<std::vector<std::uint16_t>> common;
  if (compared) {
    common.assign(a.size() + 1, std::vector<std::uint16_t>(b.size() + 1, 0));
    for (std::size_t i = a.size(); i-- > 0;)
      for (std::size_t j = b.size(); j-- > 0;)
        common[i][j] = a[i] == b[j] ? static_cast<std::uint16_t>(common[i + 1][j + 1] + 1)
                                    : std::max(common[i + 1][j], common[i][j + 1]);
  }
  std::size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    if (compared && i < a.size() && j < b.size() && a[i] == b[j]) {
      diff.push_back({DiffWord::kBoth, a[i]});
      ++i, ++j;
    } else if (i < a.size() && (j == b.size() || !compared || common[i + 1][j] >= common[i][j + 1])) {
      diff.push_back({DiffWord::kMissing, a[i++]});
    } else {
      diff.push_back({DiffWord::kAdded, b[j++]});
    }
  }
  return diff;
}

}  // namespace attune
