#include "core/model/fused.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <functional>

namespace attune {
namespace fused_test {

using Tensors = std::vector<at::Tensor>;
using Map = std::function<at::Tensor(const Tensors&)>;

// Results and gradients of `map` and of the same in plain steps.
void expectEqual(const Map& map, const Map& plainly, const Tensors& inputs) {
  const at::Tensor given = at::randn(plainly(inputs).sizes());
  const auto all = [&](const Map& m) {
    const at::Tensor out = m(inputs);
    (out * given).sum().backward();
    Tensors found{out.detach()};
    for (at::Tensor t : inputs) {
      found.push_back(t.grad().defined() ? t.grad().clone() : at::Tensor());
      t.mutable_grad() = at::Tensor();
    }
    return found;
  };
  const Tensors got = all(map), wanted = all(plainly);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    ASSERT_EQ(got[i].defined(), wanted[i].defined()) << i;
    if (wanted[i].defined()) EXPECT_LT((got[i] - wanted[i]).abs().max().item<double>(), 2e-5) << i;
  }
}

at::Tensor random(std::initializer_list<std::int64_t> sizes) { return at::randn(sizes).requires_grad_(true); }

TEST(Fused, RmsNormEqualsPlainStepsWithAllGradients) {
  at::manual_seed(1);
  for (const std::int64_t width : {1, 7, 64, 257})
    for (const bool learned : {true, false}) {
      SCOPED_TRACE(width);
      at::Tensor weight = random({width}).detach().requires_grad_(learned);
      expectEqual(
          [](const Tensors& t) { return rmsNorm(t[0], t[1], 1e-3); },
          [](const Tensors& t) { return t[1] * (t[0] * at::rsqrt(at::mean(t[0] * t[0], -1, true) + 1e-3)); },
          {random({3, 5, width}), weight});
    }
}

TEST(Fused, RmsNormTakesWhatLiesApartInMemory) {
  const at::Tensor x = random({2, 5, 4, 6});
  expectEqual([](const Tensors& t) { return rmsNorm(t[0].transpose(1, 2), t[1], 1e-3); },
              [](const Tensors& t) {
                const at::Tensor y = t[0].transpose(1, 2);
                return t[1] * (y * at::rsqrt(at::mean(y * y, -1, true) + 1e-3));
              },
              {x, random({6})});
}

TEST(Fused, TurningEqualsPlainStepsWithItsGradient) {
  at::manual_seed(2);
  for (const std::int64_t texts : {1, 3}) {  // one table for all texts, or one each
    const at::Tensor cos = at::randn({texts, 1, 5, 8}), sin = at::randn({texts, 1, 5, 8});
    expectEqual([&](const Tensors& t) { return turned(t[0].transpose(1, 2), cos, sin); },
                [&](const Tensors& t) {
                  const at::Tensor x = t[0].transpose(1, 2);
                  const auto halves = x.chunk(2, -1);
                  return x * cos + at::cat({-halves[1], halves[0]}, -1) * sin;
                },
                {random({3, 5, 2, 8})});
  }
}

TEST(Fused, TheGateEqualsPlainStepsWithAllGradients) {
  at::manual_seed(3);
  expectEqual([](const Tensors& t) { return gatedSilu(t[0], t[1]); },
              [](const Tensors& t) { return at::silu(t[0]) * t[1]; },
              {random({2, 3, 33}), random({2, 3, 33})});
}

}  // namespace fused_test
}  // namespace attune
