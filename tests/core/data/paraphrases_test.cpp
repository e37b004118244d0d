#include "core/data/paraphrases.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/data/side_tasks.h"
#include "core/data/template.h"
#include "core/study/conditions.h"

namespace attune {
namespace {

std::string put(const std::string& name, const std::string& text) {
  for (const Paraphrase& paraphrase : paraphrasePanel())
    if (paraphrase.name == name) return paraphrase.change(text);
  ADD_FAILURE() << name;
  return {};
}

TEST(Paraphrases, ChangeHowATextIsPut) {
  EXPECT_EQ(put("contractions", "I don't know; It's late."), "I do not know; It is late.");
  EXPECT_EQ(put("contractions", "It is not late, they do not mind."), "It isn't late, they don't mind.");
  EXPECT_EQ(put("contractions", "an audio notebook"), "an audio notebook");  // within words there are none
  EXPECT_EQ(put("synonyms", "A Big film, VERY funny."), "A Large movie, REALLY amusing.");
  EXPECT_EQ(put("synonyms", "bigger filming"), "bigger filming");
  EXPECT_EQ(put("numbers", "It took 3 hours and 12 men, 13 in all"),
            "It took three hours and twelve men, 13 in all");
  EXPECT_EQ(put("numbers", "two of seven, one by one"), "2 of 7, one by one");
  EXPECT_EQ(put("numbers", "at 3:12 or 3.5"), "at 3:12 or 3.5");
  EXPECT_EQ(put("end_mark", "Who was it?"), "Who was it");
  EXPECT_EQ(put("end_mark", "Who was it"), "Who was it.");
  EXPECT_EQ(put("typing_error", "a refund please"), "a refnud please");
  EXPECT_EQ(put("typing_error", "1 2 3"), "1 2 3");
  EXPECT_EQ(put("small_letters", "Über ALLES"), "Über alles");
  EXPECT_EQ(put("lead_in", "it broke"), "Well, it broke");
  EXPECT_EQ(put("quoted", "it broke"), "Somebody wrote: \"it broke\"");
}

TEST(Paraphrases, TakeAnyBytes) {
  for (const Paraphrase& paraphrase : paraphrasePanel())
    for (const std::string& text : {std::string(), std::string("'"), std::string("\xff\xfe\0'n't", 7),
                                    std::string("''''"), std::string("0"), std::string(5000, 'a')}) {
      EXPECT_EQ(paraphrase.change(text), paraphrase.change(text)) << paraphrase.name;
      EXPECT_GE(paraphrase.change(text).size() + 2, text.size()) << paraphrase.name;
    }
}

// Whoever changes the panel gives results a name of their own: they are not those of before.
TEST(Paraphrases, AreFrozen) {
  EXPECT_EQ(paraphrasePanel().size(), 8U);
  EXPECT_EQ(paraphrasePanelHash(), "fbdfc33c94add8881f4d8789f2f96149f658833d0a1b850aa34dab0d20dcd19d");
}

TEST(SideTasks, HaveFortyItemsEach) {
  ASSERT_EQ(sideTasks().size(), 3U);
  double chance = 0;
  for (const SideTask& task : sideTasks()) chance += 1.0 / static_cast<double>(task.labels.size()) / 3;
  EXPECT_NEAR(chance, kSideChance, 1e-12);
  for (const SideTask& task : sideTasks()) {
    EXPECT_EQ(task.items.size(), 40U);
    std::map<std::int64_t, std::size_t> labels;
    std::set<std::string> texts;
    for (const SideTask::Item& item : task.items) {
      ++labels[item.label];
      texts.insert(item.text);
    }
    EXPECT_EQ(texts.size(), 40U);
    ASSERT_EQ(labels.size(), task.labels.size());
    for (const auto& [label, count] : labels) EXPECT_EQ(count, 40 / labels.size()) << task.name;
    EXPECT_NE(PromptTemplate(task.pattern).fill("TEXT", task.labels).find("TEXT"), std::string::npos);
  }
}

}  // namespace
}  // namespace attune
