#include "core/model/blocks.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "tests/support/tiny_model.h"

namespace attune {
namespace blocks_test {

// Counts how often sub-layers are gone through, and trains what stands in front: rows of a prefix that a
// network of one product makes.
class Counting final : public Attachment {
 public:
  explicit Counting(const ModelConfig& config)
      : layers_(config.layers),
        heads_(config.keyValueHeads),
        width_(config.headDim),
        start_(at::full({1, 2}, 0.3)),
        weight_(at::full({2, layers_ * 2 * heads_ * 2 * width_}, 0.1).requires_grad_(true)) {}
  mutable int sublayers = 0;
  at::Tensor gradient() const { return weight_.grad(); }

 private:
  at::Tensor sublayer(const std::string&, const at::Tensor&, const at::Tensor& y) const override {
    ++sublayers;
    return y;
  }
  std::int64_t prefixLength() const override { return 2; }
  Prefix prefix() const override {
    const at::Tensor all = at::tanh(at::matmul(start_, weight_)).view({layers_, 2, heads_, 2, width_});
    Prefix prefix;
    for (std::int64_t i = 0; i < layers_; ++i) prefix.push_back({all[i][0], all[i][1]});
    return prefix;
  }

  std::int64_t layers_, heads_, width_;
  at::Tensor start_, weight_;
};

class OnLayout : public testing::TestWithParam<Layout> {};

// Every block is gone through twice, and the gradients of what was worked out before the blocks, which all
// of them share, are the same to the last bit.
TEST_P(OnLayout, RecomputingGoesThroughEveryBlockTwice) {
  const auto base = tinyModel(7, GetParam());
  at::Tensor gradients[2];
  int counts[2] = {0, 0};
  for (const bool twice : {false, true}) {
    const Counting counting(base->config());
    ModelInput input = padRight({{1, 5, 9, 12}, {1, 7, 3}});
    input.select = at::full({2, 1}, 1, at::kLong);
    if (GetParam() == Layout::kEncoderDecoder) input.decoderIds = at::full({2, 3}, 5, at::kLong);
    const Recomputing recomputing(twice);
    base->hidden(input, counting, nullptr).pow(2).sum().backward();
    gradients[twice ? 1 : 0] = counting.gradient();
    counts[twice ? 1 : 0] = counting.sublayers;
  }
  EXPECT_GT(counts[0], 0);
  EXPECT_EQ(counts[1], 2 * counts[0]);
  ASSERT_TRUE(gradients[0].defined());
  EXPECT_GT(gradients[0].abs().max().item<double>(), 0);
  EXPECT_TRUE(at::equal(gradients[0], gradients[1]));
}

INSTANTIATE_TEST_SUITE_P(Layouts, OnLayout,
                         testing::Values(Layout::kDecoder, Layout::kEncoder, Layout::kEncoderDecoder));

}  // namespace blocks_test
}  // namespace attune
