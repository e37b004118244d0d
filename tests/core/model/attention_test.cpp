#include "core/model/attention.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/model/flop_count.h"

namespace attune {
namespace attention_test {

// The same in plain steps.
at::Tensor plainly(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& bias,
                   double scale) {
  const std::int64_t group = q.size(1) / k.size(1);
  const at::Tensor scores = at::matmul(q * scale, k.repeat_interleave(group, 1).transpose(-2, -1)) + bias;
  return at::matmul(at::softmax(scores, -1), v.repeat_interleave(group, 1));
}

struct Case {
  const char* name;
  std::int64_t batch, heads, shared, queries, keys, width;
  bool biasLearned;
};

class Attention : public testing::TestWithParam<Case> {};

TEST_P(Attention, EqualsPlainStepsWithAllGradients) {
  const Case& c = GetParam();
  at::manual_seed(3);
  // [batch, heads, time, width] as a model has it: a view of [batch, time, heads · width].
  const auto random = [&](std::int64_t time, std::int64_t heads) {
    return at::randn({c.batch, time, heads * c.width})
        .view({c.batch, time, heads, c.width})
        .transpose(1, 2)
        .detach()
        .requires_grad_(true);
  };
  const at::Tensor q = random(c.queries, c.heads), k = random(c.keys, c.shared), v = random(c.keys, c.shared);
  at::Tensor bias =
      c.biasLearned ? at::randn({1, c.heads, c.queries, c.keys}) : at::zeros({c.batch, 1, 1, c.keys});
  if (!c.biasLearned && c.keys > 1) bias.select(3, c.keys - 1).fill_(-3e38);
  bias.requires_grad_(c.biasLearned);
  const at::Tensor weight = at::randn({c.batch, c.heads, c.queries, c.width});
  const auto gradients = [&](const at::Tensor& out) {
    (out * weight).sum().backward();
    std::vector<at::Tensor> all{out.detach()};
    for (const at::Tensor& t : {q, k, v, bias}) {
      all.push_back(t.grad().defined() ? t.grad().clone() : at::Tensor());
      at::Tensor(t).mutable_grad() = at::Tensor();
    }
    return all;
  };
  const auto got = gradients(attention(q, k, v, bias, 0.25)),
             wanted = gradients(plainly(q, k, v, bias, 0.25));
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    ASSERT_EQ(got[i].defined(), wanted[i].defined()) << i;
    if (wanted[i].defined()) EXPECT_LT((got[i] - wanted[i]).abs().max().item<double>(), 1e-5) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, Attention,
                         testing::Values(Case{"heads_of_their_own", 3, 4, 4, 7, 7, 8, false},
                                         Case{"shared_keys", 2, 6, 2, 5, 5, 4, false},
                                         Case{"one_query", 2, 4, 2, 1, 9, 8, false},
                                         Case{"learned_bias", 2, 3, 3, 6, 4, 5, true},
                                         Case{"as_wide_as_registers", 2, 2, 1, 33, 16, 16, false},
                                         Case{"wider_than_registers", 2, 2, 2, 17, 37, 32, true},
                                         Case{"one_key", 1, 2, 1, 3, 1, 2, false}),
                         [](const auto& shape) { return std::string(shape.param.name); });

TEST(Attention, CountsItsProducts) {
  const at::Tensor x = at::randn({2, 3, 5, 4}).requires_grad_(true);
  const double before = unseenFlops();
  const at::Tensor out = attention(x, x, x, at::zeros({1, 1, 5, 5}), 1);
  const double one = 2.0 * 2 * 3 * 5 * 5 * 4;  // text, head, query, key, width
  EXPECT_DOUBLE_EQ(unseenFlops() - before, 2 * one);
  out.sum().backward();
  EXPECT_DOUBLE_EQ(unseenFlops() - before, 6 * one);
}

TEST(Attention, NeedsNoGradients) {
  const at::Tensor x = at::randn({1, 2, 3, 4});
  EXPECT_FALSE(attention(x, x, x, at::zeros({1, 1, 3, 3}), 1).requires_grad());
}

}  // namespace attention_test
}  // namespace attune
