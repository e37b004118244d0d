#include "core/model/fused.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>

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

TEST(Fused, LayerNormEqualsPlainStepsWithAllGradients) {
  at::manual_seed(4);
  for (const std::int64_t width : {1, 7, 64, 257})
    for (const bool learned : {true, false}) {
      SCOPED_TRACE(width);
      const at::Tensor x = random({3, 5, width}), y = random({3, 5, width}),
                       weight = random({width}).detach().requires_grad_(learned),
                       bias = random({width}).detach().requires_grad_(learned);
      // By its definition, not by libtorch's own.
      const auto plainly = [](const at::Tensor& z, const at::Tensor& w, const at::Tensor& b) {
        const at::Tensor centred = z - z.mean(-1, true);
        return w * centred * at::rsqrt((centred * centred).mean(-1, true) + 1e-3) + b;
      };
      expectEqual([](const Tensors& t) { return layerNorm(t[0], {}, t[1], t[2], 1e-3); },
                  [&](const Tensors& t) { return plainly(t[0], t[1], t[2]); }, {x, weight, bias});
      expectEqual([](const Tensors& t) { return layerNorm(t[0], t[1], t[2], t[3], 1e-3); },
                  [&](const Tensors& t) { return plainly(t[0] + t[1], t[2], t[3]); }, {x, y, weight, bias});
    }
}

TEST(Fused, GeluEqualsItsDefinitionFarOut) {
  const at::Tensor x = at::linspace(-30, 30, 60001).requires_grad_(true);
  const at::Tensor exact = x.detach().to(at::kDouble), below = at::erfc(-exact / std::sqrt(2.0)) / 2;
  const at::Tensor y = erfGelu(x.view({1, -1}));
  EXPECT_LT((y.detach() - exact * below).abs().max().item<double>(), 1e-6);
  y.sum().backward();
  const at::Tensor density = at::exp(-exact * exact / 2) / std::sqrt(2 * std::numbers::pi);
  EXPECT_LT((x.grad() - (below + exact * density)).abs().max().item<double>(), 1e-6);
  EXPECT_TRUE(at::isnan(erfGelu(at::full({1, 3}, std::nan("")))).all().item<bool>());  // a run that diverges
}

TEST(Fused, TheGateHoldsFarOut) {
  const at::Tensor x = at::tensor({-200.0F, -90.0F, -20.0F, 0.0F, 20.0F, 90.0F, 200.0F}).view({1, -1});
  EXPECT_LT((gatedSilu(x, at::ones_like(x)) - at::silu(x)).abs().max().item<double>(), 1e-6);
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
