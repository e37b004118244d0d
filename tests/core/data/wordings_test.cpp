#include "core/data/wordings.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/data/general_text.h"
#include "core/data/template.h"

namespace attune {
namespace {

std::map<std::string, Wording> byTitle(const std::vector<Wording>& panel) {
  std::map<std::string, Wording> map;
  for (const Wording& wording : panel) map.emplace(wording.title(), wording);
  return map;
}

TEST(Wordings, AreTwentyInFourFamilies) {
  const auto panel = wordingPanel("Message: {text} Answer:", {"Good thing", "bad"}, 4);
  std::map<std::string, int> families;
  for (const Wording& wording : panel) ++families[wording.family];
  EXPECT_EQ(families, (std::map<std::string, int>{
                          {"format", 5}, {"lead_in", 5}, {"label_words", 5}, {"example_order", 5}}));
  EXPECT_EQ(byTitle(panel).size(), 20U);
  for (const Wording& wording : panel) {
    const PromptTemplate pattern(wording.pattern);  // valid, and the text is in it once
    EXPECT_NE(pattern.fill("TEXT", wording.labelWords).find("TEXT"), std::string::npos) << wording.title();
  }
}

TEST(Wordings, ChangeWhatTheySayAndNothingElse) {
  const auto panel = byTitle(wordingPanel("Message: {text} Is it {labels}?", {"Good", "bad"}, 0));
  EXPECT_EQ(panel.at("format/upper_case").pattern, "MESSAGE: {text} IS IT {labels}?");
  EXPECT_EQ(panel.at("format/lower_case").pattern, "message: {text} is it {labels}?");
  EXPECT_EQ(panel.at("format/quoted").pattern, "Message: \"{text}\" Is it {labels}?");
  EXPECT_EQ(panel.at("format/own_line").pattern, "Message:\n{text}\nIs it {labels}?");
  EXPECT_EQ(panel.at("format/dash").pattern, "Message - {text} Is it {labels}?");
  EXPECT_EQ(panel.at("lead_in/please").pattern, "Please answer. Message: {text} Is it {labels}?");
  EXPECT_EQ(panel.at("label_words/lower_case").labelWords, (std::vector<std::string>{"good", "bad"}));
  EXPECT_EQ(panel.at("label_words/full_stop").labelWords, (std::vector<std::string>{"Good.", "bad."}));
  EXPECT_FALSE(panel.contains("example_order/order_1"));
}

TEST(Wordings, LeaveOutWhatWouldChangeNothingOrMakeLabelsAlike) {
  const auto panel = byTitle(wordingPanel("{text} ANSWER", {"YES", "yes"}, 0));
  EXPECT_FALSE(panel.contains("format/upper_case"));  // it is
  EXPECT_FALSE(panel.contains("format/dash"));
  EXPECT_FALSE(panel.contains("label_words/upper_case"));
  EXPECT_FALSE(panel.contains("label_words/lower_case"));
  EXPECT_TRUE(panel.contains("label_words/quoted"));
}

// Whoever changes the panel gives results a name of their own: they are not those of before.
TEST(Wordings, AreFrozen) { EXPECT_EQ(wordingPanelHash(), "fc83609731c4ac6730a932987b8555ff5d893a822ce08c86d281d855096e3f34"); }

TEST(GeneralText, HasFortyParagraphs) {
  EXPECT_EQ(generalText().size(), 40U);
  EXPECT_EQ(std::set<std::string>(generalText().begin(), generalText().end()).size(), 40U);
}

}  // namespace
}  // namespace attune
