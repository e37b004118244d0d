#include "core/report/slices.h"

#include <gtest/gtest.h>

#include <map>
#include <numeric>

#include "core/report/crossed.h"
#include "tests/support/report_support.h"

namespace attune {
namespace {

using test::byHand;
using test::compareByHand;

// Items 0 … 7 with the labels 0 1 0 1 …; a is right on the first five, in another seed on the first six.
Comparison eight() {
  Comparison c =
      compareByHand({byHand("majority", "Always", {{1, 0, 1, 0, 1, 0, 1, 0}}),
                     byHand("lora", "LoRA", {{1, 1, 1, 1, 1, 0, 0, 0}, {1, 1, 1, 1, 1, 1, 0, 0}})});
  const char* texts[] = {"aa", "aaaa", "a", "aaaaaa", "ää", "aaaaa", "aaa", "aaaaaaa"};
  for (std::size_t i = 0; i < c.testItems.size(); ++i) c.testItems[i].text = texts[i];
  for (std::size_t s = 0; s < 2; ++s)
    for (std::size_t i = 0; i < 8; ++i)
      c.configurations[1].predicted[s][i] =
          c.configurations[1].outcomes[s][i] ? c.testItems[i].label : 1 - c.testItems[i].label;
  return c;
}

TEST(Slices, CountTheLabelsAndLengthsByHand) {
  const Comparison c = eight();
  const std::vector<Slice> slices = slicesOf(c);
  ASSERT_GE(slices.size(), 3U);
  EXPECT_EQ(slices[0].kind + " " + slices[0].name, "Label calm");
  EXPECT_EQ(slices[0].items, (std::vector<std::size_t>{0, 2, 4, 6}));
  EXPECT_DOUBLE_EQ(slices[0].shares[1].mean, 0.75);
  EXPECT_EQ(slices[1].items, (std::vector<std::size_t>{1, 3, 5, 7}));
  EXPECT_DOUBLE_EQ(slices[1].shares[1].mean, 5.0 / 8);
  EXPECT_DOUBLE_EQ(slices[1].shares[0].mean, 0);
  EXPECT_TRUE(slices[0].tooFew());
  EXPECT_EQ(slices[0].shares[1].interval.low, accuracyInterval({{1, 1, 1, 0}, {1, 1, 1, 0}}).low);
  // By length 1, 2, 2, 3, 4, 5, 6, 7 characters: the two of two stay together.
  EXPECT_EQ(slices[2].name, "1 to 2 characters");
  EXPECT_EQ(slices[2].items, (std::vector<std::size_t>{0, 2, 4}));
  std::size_t all = 0;
  for (std::size_t k = 2; k < slices.size(); ++k) all += slices[k].items.size();
  EXPECT_EQ(all, 8U);
}

TEST(Slices, AreCutByTheFilesOtherColumns) {
  Comparison c = eight();
  c.dataset.extraColumns = {"channel", "amount", "comment", "constant"};
  for (std::size_t i = 0; i < 8; ++i)
    c.testItems[i].extra = {i < 3   ? "mail"
                            : i < 6 ? "phone"
                                    : "",
                            std::to_string(10 * i), "a comment of its own " + std::to_string(i), "same"};
  std::map<std::string, std::vector<std::vector<std::size_t>>> kinds;
  for (const Slice& slice : slicesOf(c)) kinds[slice.kind].push_back(slice.items);
  EXPECT_EQ(kinds.at("channel"),
            (std::vector<std::vector<std::size_t>>{{0, 1, 2}, {3, 4, 5}}));  // none: left out
  EXPECT_EQ(kinds.at("amount").size(), 8U);                                  // few enough to be values
  EXPECT_EQ(kinds.at("comment").size(), 8U);
  EXPECT_FALSE(kinds.contains("constant"));
  // More numbers than twelve are cut in four parts; more texts in none.
  Comparison many = compareByHand({byHand("majority", "Always", {test::firstRight(40, 20)})});
  many.dataset.extraColumns = {"amount", "comment"};
  for (std::size_t i = 0; i < 40; ++i)
    many.testItems[i].extra = {std::to_string(i) + ".5", "text " + std::to_string(i)};
  std::vector<std::string> names;
  for (const Slice& slice : slicesOf(many))
    if (slice.kind == "amount") names.push_back(slice.name);
  EXPECT_EQ(names, (std::vector<std::string>{"0.5 to 9.5", "10.5 to 19.5", "20.5 to 29.5", "30.5 to 39.5"}));
  for (const Slice& slice : slicesOf(many)) EXPECT_NE(slice.kind, "comment");
}

TEST(Confusion, CountsTheAnswersByHandAsMeansOverSeeds) {
  const Comparison c = eight();
  const auto counts = confusionOf(c, c.configurations[1]);
  // Of four calm ones three are answered rightly by both seeds; of four angry ones two and three.
  EXPECT_EQ(counts, (std::vector<std::vector<double>>{{3, 1}, {1.5, 2.5}}));
}

}  // namespace
}  // namespace attune
