#include "core/report/slices.h"

#include <gtest/gtest.h>

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

TEST(Confusion, CountsTheAnswersByHandAsMeansOverSeeds) {
  const Comparison c = eight();
  const auto counts = confusionOf(c, c.configurations[1]);
  // Of four calm ones three are answered rightly by both seeds; of four angry ones two and three.
  EXPECT_EQ(counts, (std::vector<std::vector<double>>{{3, 1}, {1.5, 2.5}}));
}

}  // namespace
}  // namespace attune
