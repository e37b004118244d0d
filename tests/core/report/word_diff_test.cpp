#include "core/report/word_diff.h"

#include <gtest/gtest.h>

namespace attune {
namespace {

std::string shown(std::string_view reference, std::string_view answer) {
  std::string text;
  for (const DiffWord& word : wordDiff(reference, answer))
    text += (text.empty() ? "" : " ") + (word.kind == DiffWord::kMissing ? "-" + word.text
                                         : word.kind == DiffWord::kAdded ? "+" + word.text
                                                                         : word.text);
  return text;
}

TEST(WordDiff, KeepsWhatIsInBoth) {
  EXPECT_EQ(shown("the cat sat on the mat", "the cat lay on a mat"), "the cat -sat +lay on -the +a mat");
  EXPECT_EQ(shown("a b c", "a  b\tc\n"), "a b c");
  EXPECT_EQ(shown("a b", "b a b"), "+b a b");
  EXPECT_EQ(shown("", "x y"), "+x +y");
  EXPECT_EQ(shown("x y", ""), "-x -y");
  EXPECT_EQ(shown("", ""), "");
  std::string longText;
  for (int i = 0; i < 2100; ++i) longText += "w ";
  EXPECT_EQ(wordDiff(longText, longText).size(), 4200U);
}

}  // namespace
}  // namespace attune
