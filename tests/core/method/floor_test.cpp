#include "core/method/floor.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/method/method.h"
#include "core/model/label_scores.h"
#include "core/train/flop_counter.h"
#include "tests/support/tiny_model.h"

namespace attune {
namespace floor_test {

// Two layers of one head of width 4, feed-forward width 8: q, k, v, o 4·16 = 64, gate, up, down 3·32 = 96;
// 160 numbers a layer, P = 320. Two texts of 3 and 5 tokens: 8 tokens, 3·4/2 + 5·6/2 = 21 pairs of a query
// and a key. In the last layer one token a text goes through all but k and v (128 numbers), and has 3 + 5 = 8
// pairs.
ModelConfig small() {
  ModelConfig config;
  config.family = "llama";
  config.hidden = 4;
  config.feedForward = 8;
  config.layers = 2;
  config.heads = config.keyValueHeads = 1;
  config.headDim = 4;
  config.vocabulary = 10;
  config.context = 64;
  config.tied = true;
  return config;
}

TextLengths two() {
  TextLengths read;
  read.add(3);
  read.add(5);
  return read;
}

TEST(Floor, IsWhatOneCountsByHand) {
  // Of 8 tokens 6 are spared in the last layer.
  const double reading = 2 * (320 * 8 - 128 * 6), attention = 4 * 4 * (21 + 8);
  EXPECT_DOUBLE_EQ(forwardFloor(small(), {}, two()), reading + attention);
  // Frozen: gradients pass once more, but the input of the first layer's q, k, v (48 numbers) needs none.
  EXPECT_DOUBLE_EQ(trainingFloor(small(), {}, two()), 2 * reading - 2 * 48 * 8 + 3 * attention);
  EXPECT_DOUBLE_EQ(trainingFloor(small(), {.fromInputs = true}, two()), 2 * reading + 3 * attention);
  // Full: three times all.
  EXPECT_DOUBLE_EQ(trainingFloor(small(), {.fromInputs = true, .own = 320}, two()),
                   3 * reading + 3 * attention);
  // LoRA of rank 2 on q and v: 2·2·2·(4 + 4) = 64 numbers, six operations each a token, spared as the others
  // are.
  EXPECT_DOUBLE_EQ(trainingFloor(small(), {.extra = 64}, two()),
                   2 * reading - 2 * 48 * 8 + 3 * attention + 6 * 64 * (8 - 6 * 128.0 / 320));
  // Two virtual tokens: texts of 5 and 7, 12 tokens, 15 + 28 = 43 pairs, 12 in the last layer.
  EXPECT_DOUBLE_EQ(trainingFloor(small(), {.fromInputs = true, .tokens = 2}, two()),
                   2 * 2 * (320 * 12 - 128 * 10) + 3 * 16 * (43 + 12));
  // A prefix of two: each token sees two more keys.
  EXPECT_DOUBLE_EQ(trainingFloor(small(), {.keys = 2}, two()),
                   2 * reading - 2 * 48 * 8 + 3 * 16 * (21 + 16 + 8 + 4));
  // An encoder's tokens see all of their text: 9 + 25 pairs.
  ModelConfig encoder = small();
  encoder.layout = Layout::kEncoder;
  encoder.family = "bert";
  const double layer = 4 * 16 + 2 * 32;
  EXPECT_DOUBLE_EQ(forwardFloor(encoder, {}, two()), 2 * (2 * layer * 8 - (layer - 32) * 6) + 16 * (34 + 8));
  // A pooler of 16 numbers reads one token of each text.
  encoder.pooler = true;
  EXPECT_DOUBLE_EQ(forwardFloor(encoder, {}, two()),
                   2 * (2 * layer * 8 - (layer - 32) * 6) + 16 * (34 + 8) + 2 * 16 * 2);
}

TEST(Floor, TheCounterCountsForwardAndBackward) {
  const at::Tensor a = at::ones({3, 4}), b = at::ones({4, 5}).set_requires_grad(true);
  const FlopCounter counter;
  at::mm(a, b).sum().backward();
  EXPECT_DOUBLE_EQ(counter.flops(), 2 * 2 * 3 * 4 * 5);  // and once more for the gradient of b
  at::bmm(at::ones({7, 2, 3}), at::ones({7, 3, 4}));
  at::addmm(at::ones({5}), a, b);
  EXPECT_DOUBLE_EQ(counter.flops(), 4 * 60 + 2 * 7 * 24 + 2 * 60);
}

// A step on texts of one length, without padding: what is computed is the floor and little more (masked
// halves of the attention, the head's rows, small products beside).
TEST(Floor, StepsWithoutPaddingStayNearIt) {
  const auto base = tinyModel();
  const ModelConfig& config = base->config();
  std::vector<std::vector<std::int64_t>> prompts(8, std::vector<std::int64_t>(24, 5));
  TextLengths read;
  for (const auto& prompt : prompts) read.add(static_cast<double>(prompt.size()));
  const LabelTokens labels{{{7}, {8}}};
  for (const char* name : {"lora", "full", "prompt_tuning", "prefix_tuning", "bitfit", "ia3", "layernorm",
                           "adapter", "last_layers"}) {
    const MethodInfo& info = methodInfo(name);
    ParamSet params(info.parameters);
    if (params.has("layers")) params.set("layers", std::int64_t{1});
    if (params.has("num_virtual_tokens")) params.set("num_virtual_tokens", std::int64_t{8});
    if (params.has("bottleneck_size")) params.set("bottleneck_size", std::int64_t{4});
    const auto model = makeMethod(name)->attach({base, params, Seed{1}, labels.ids, 2});
    model->beginFit(prompts);
    labelLoss(*model, prompts, {0, 1, 0, 1, 0, 1, 0, 1}, labels);  // what is kept, is kept from here on
    const FlopCounter counter;
    labelLoss(*model, prompts, {0, 1, 0, 1, 0, 1, 0, 1}, labels).backward();
    const double share = trainingFloor(config, trainingWork(info, params, config), read) / counter.flops();
    EXPECT_LE(share, 1.001) << name;
    EXPECT_GT(share, 0.6) << name;
    std::cout << name << ": " << share << " of what is computed is needed\n";
  }
}

}  // namespace floor_test
}  // namespace attune
