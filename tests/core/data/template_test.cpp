#include "core/data/template.h"

#include <gtest/gtest.h>

#include "core/base/error.h"

namespace attune {
namespace {

using Words = std::vector<std::string>;

std::string refusal(std::string_view pattern) {
  try {
    const PromptTemplate unused(pattern);
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_FALSE(error.hint().empty());
    return error.what();
  }
}

TEST(PromptTemplate, PutsTheTextAndTheLabelsIn) {
  const PromptTemplate t("Is it {labels}?\nReview: {text}\n{{Answer}}: ");
  const Words words = {"good", "bad", "so so"};
  EXPECT_EQ(t.before(words), "Is it good, bad or so so?\nReview: ");
  EXPECT_EQ(t.after(words), "\n{Answer}:");
  EXPECT_EQ(t.fill("fine {text} {labels}", words),
            "Is it good, bad or so so?\nReview: fine {text} {labels}\n{Answer}:");
}

TEST(PromptTemplate, ListsOneAndTwoLabels) {
  EXPECT_EQ(PromptTemplate("{labels}: {text}").fill("x", {"a"}), "a: x");
  EXPECT_EQ(PromptTemplate("{labels}: {text}").fill("x", {"a", "b"}), "a or b: x");
}

TEST(PromptTemplate, CutsBlanksAtTheEnd) {
  EXPECT_EQ(PromptTemplate("{text} Label: \n").pattern(), "{text} Label:");
  EXPECT_EQ(PromptTemplate(" {text} ").fill("x", {}), " x");
}

TEST(PromptTemplate, NamesTheFieldAndItsPosition) {
  EXPECT_NE(refusal("{text} {lable}").find("unknown field {lable} at character 8"), std::string::npos);
  EXPECT_NE(refusal("é {text} {text}").find("{text} a second time at character 10"), std::string::npos);
  EXPECT_NE(refusal("nothing").find("lacks the field {text}"), std::string::npos);
  EXPECT_NE(refusal("{{text}}").find("lacks the field {text}"), std::string::npos);
  EXPECT_NE(refusal("{text} {").find("opens a brace at character 8"), std::string::npos);
  EXPECT_NE(refusal("{text} }").find("closes a brace at character 8"), std::string::npos);
  EXPECT_NE(refusal("").find("lacks"), std::string::npos);
  EXPECT_FALSE(refusal("{text} \xFF").empty());
  EXPECT_FALSE(refusal("{text} \x01").empty());
}

TEST(LabelWords, AreTheLabelsReadAsWords) {
  EXPECT_EQ(labelWords({"card_arrival", "sci-fi", "plain"}, ""), (Words{"card arrival", "sci fi", "plain"}));
  EXPECT_EQ(labelWords({"-1", "1", "_x_"}, ""), (Words{"-1", "1", "x"})) << "a sign is not a blank";
}

TEST(LabelWords, AreTakenFromTheLines) {
  EXPECT_EQ(labelWords({"0", "1"}, "0 = negative\n\n 1=positive\r\n"), (Words{"negative", "positive"}));
  EXPECT_EQ(labelWords({"a=b", "c"}, "a=b = d=e"), (Words{"d=e", "c"}));
  EXPECT_EQ(labelWords({" padded", "c"}, "padded = word"), (Words{"word", "c"}));
}

TEST(LabelWords, RefuseWhatIsUnclear) {
  EXPECT_THROW(labelWords({"a", "b"}, "a = x\nb = x"), Error);
  EXPECT_THROW(labelWords({"a", "b"}, "a = b"), Error) << "b stands for itself";
  EXPECT_THROW(labelWords({"a_b", "a b"}, ""), Error);
  EXPECT_THROW(labelWords({"a"}, "a ="), Error);
  EXPECT_THROW(labelWords({"a"}, "just words"), Error);
  EXPECT_THROW(labelWords({"a"}, "a = x\na = y"), Error);
  try {
    labelWords({"positive", "negative"}, "positiv = good");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.hint(), "Did you mean 'positive'?");
  }
}

}  // namespace
}  // namespace attune
