#include "core/method/text_memory.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <atomic>

#include "core/method/method.h"
#include "core/train/flop_counter.h"
#include "tests/support/tiny_model.h"

namespace attune {
namespace text_memory_test {

// What a text is worth here: its tokens as they are. Counts the texts read and the longest batch.
struct Reader {
  std::atomic<int> texts{0}, tokens{0};

  std::vector<at::Tensor> operator()(const ModelInput& input) {
    tokens = std::max<int>(tokens, static_cast<int>(input.ids.numel()));
    std::vector<at::Tensor> made;
    for (const Text& text : textsOf(input)) {
      ++texts;
      made.push_back(at::tensor(text, at::kLong));
    }
    return made;
  }
};

TEST(TextMemory, ReadsEveryTextOnceInBatchesOfLikeLength) {
  std::vector<Text> texts;
  for (std::int64_t i = 0; i < 200; ++i) texts.push_back(Text(static_cast<std::size_t>(1 + i % 40), i));
  texts.push_back(texts[7]);
  texts.push_back(Text(2000, 3));  // longer than a batch
  Reader reader;
  TextMemory memory;
  readAll(memory, texts, std::ref(reader));
  EXPECT_EQ(reader.texts, 201);
  EXPECT_EQ(reader.tokens, 2000);
  for (const Text& text : texts) EXPECT_TRUE(at::equal(memory.find(text), at::tensor(text, at::kLong)));
  EXPECT_FALSE(memory.find({1, 2}).defined());
  const auto alone = [&] { return reader(padRight({{1, 2}})).front(); };
  EXPECT_TRUE(at::equal(memory.of({1, 2}, alone), at::tensor({1, 2}, at::kLong)));
  memory.of({1, 2}, alone);
  EXPECT_EQ(reader.texts, 202);
}

TEST(TextMemory, TextsAreWhatTheMaskShows) {
  ModelInput input;
  input.ids = at::tensor({4, 5, 0, 0, 6, 7}, at::kLong).view({2, 3});
  input.mask = at::tensor({1, 1, 0, 0, 1, 1}, at::kLong).view({2, 3});
  EXPECT_EQ(textsOf(input), (std::vector<Text>{{4, 5}, {6, 7}}));
}

// A probe reads what it learns from once, and a validation split once: nothing is multiplied any more but the
// head. What it reads is what a probe reads that keeps nothing, to rounding.
TEST(TextMemory, AProbeReadsTheBaseOnce) {
  for (const Layout layout : {Layout::kDecoder, Layout::kEncoder}) {
    const auto base = tinyModel(7, layout);
    const auto attach = [&] {
      return makeMethod("linear_probe")
          ->attach({base, ParamSet(methodInfo("linear_probe").parameters), Seed{1}, {{31}, {32}, {33}}, 3});
    };
    const auto probe = attach();
    const std::vector<Text> training{{1, 5, 9, 12}, {1, 7, 3}, {2, 2, 2, 2, 8, 30}}, validation{{4, 4}, {9}};
    const ModelInput learned = padRight({training[2], training[0]}), asked = padRight(validation);
    probe->beginFit(training);
    const FlopCounter counter;
    EXPECT_TRUE(at::allclose(probe->pooled(learned), attach()->pooled(learned), 1e-4, 1e-5));
    const double fresh = counter.flops();
    EXPECT_GT(fresh, 0);
    const at::Tensor first = probe->pooled(asked);
    const double once = counter.flops();
    EXPECT_GT(once, fresh);
    EXPECT_TRUE(at::equal(probe->pooled(asked), first));
    probe->pooled(learned);
    EXPECT_EQ(counter.flops(), once);
  }
}

}  // namespace text_memory_test
}  // namespace attune
