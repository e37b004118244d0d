#include "core/data/encode.h"

#include <gtest/gtest.h>

#include "core/base/error.h"

namespace attune {
namespace {

const std::shared_ptr<const Tokenizer>& bundled() {
  static const auto tokenizer = openTokenizer(std::string(ATTUNE_SOURCE_DIR) + "/resources/base");
  return tokenizer;
}

TEST(PromptEncoder, IsTheTokenizersAnswerForTheFilledTemplateWithBos) {
  const PromptEncoder encoder(*bundled(), PromptTemplate("Text: {text} Topic:"), {"refund", "payment"}, 512);
  std::vector<std::int64_t> want = bundled()->encode("Text: my money please Topic:");
  want.insert(want.begin(), 1);
  EXPECT_EQ(encoder.encode("my money please").ids, want);
}

TEST(PromptEncoder, FindsLabelTokensAsTheyFollowAText) {
  const PromptEncoder encoder(*bundled(), PromptTemplate("{text} This is about"), {"refund", "payment"}, 512);
  for (std::size_t i = 0; i < 2; ++i) {
    auto together = encoder.encode("x").ids;
    const auto& label = encoder.labelTokens()[i];
    together.insert(together.end(), label.begin(), label.end());
    EXPECT_EQ(bundled()->decode({together.begin() + 1, together.end()}),
              i == 0 ? "x This is about refund" : "x This is about payment");
  }
}

TEST(PromptEncoder, CutsALongTextAtItsEndAndKeepsTheTemplate) {
  const PromptEncoder encoder(*bundled(), PromptTemplate("{text} This is about"), {"refund", "payment"}, 40);
  std::string longText;
  for (int i = 0; i < 300; ++i) longText += "wörd ";
  const EncodedPrompt prompt = encoder.encode(longText);
  EXPECT_TRUE(prompt.truncated);
  EXPECT_LE(prompt.ids.size(), 40u);
  EXPECT_GE(prompt.ids.size(), 25u);
  EXPECT_TRUE(bundled()->decode({prompt.ids.begin() + 1, prompt.ids.end()}).ends_with(" This is about"));
  EXPECT_FALSE(encoder.encode("short").truncated);
}

TEST(PromptEncoder, RefusesATemplateThatLeavesNoRoom) {
  EXPECT_THROW(PromptEncoder(*bundled(), PromptTemplate("a b c d e f g h {text} i j k l m"), {"x", "y"}, 12),
               Error);
}

TEST(PromptEncoder, RefusesLabelWordsThatLookTheSame) {
  EXPECT_THROW(PromptEncoder(*bundled(), PromptTemplate("{text} is"), {"good", "good"}, 512), Error);
}

}  // namespace
}  // namespace attune
