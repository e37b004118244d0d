#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace attune {

// A word of two texts set against each other.
struct DiffWord {
  enum Kind { kBoth, kMissing, kAdded };  // in both; only in the reference; only in the answer
  Kind kind = kBoth;
  std::string text;

  friend bool operator==(const DiffWord&, const DiffWord&) = default;
};

// The words of `answer` against those of `reference`, cut at blanks: a longest common subsequence, of several
// the one that goes on in the reference first. Texts of more than 2,000 words are not compared: all missing,
// all added.
std::vector<DiffWord> wordDiff(std::string_view reference, std::string_view answer);

}  // namespace attune
