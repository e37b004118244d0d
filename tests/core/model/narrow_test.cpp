#include "core/model/narrow.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "core/train/flop_counter.h"

namespace attune {
namespace narrow_test {

// Rows, width and columns: as many as the loops take at once, fewer, more, and with a rest of each.
const std::vector<std::array<std::int64_t, 3>> kSizes{
    {4, 16, 4}, {1, 1, 1}, {3, 7, 2}, {5, 24, 3}, {48, 576, 16}, {17, 1536, 8}, {9, 513, 5}, {6, 1025, 12}};

// Sums of n products of numbers around 1 in fp32: errors grow as their square root.
void expectNear(const at::Tensor& got, const at::Tensor& wanted, std::int64_t n) {
  ASSERT_EQ(got.sizes(), wanted.sizes());
  EXPECT_EQ(got.scalar_type(), at::kFloat);
  EXPECT_LT((got.to(at::kDouble) - wanted).abs().max().item<double>(),
            2e-6 * std::sqrt(static_cast<double>(n)));
}

void each(const std::function<void(std::int64_t, std::int64_t, std::int64_t)>& check) {
  at::manual_seed(3);
  for (const auto& [n, k, r] : kSizes) {
    SCOPED_TRACE(std::to_string(n) + " x " + std::to_string(k) + ", " + std::to_string(r));
    const FlopCounter counter;
    check(n, k, r);
    EXPECT_EQ(counter.flops(), static_cast<double>(2 * n * k * r));
  }
}

TEST(Narrow, ProductsEqualThoseInDoublePrecision) {
  each([](std::int64_t n, std::int64_t k, std::int64_t r) {
    const at::Tensor x = at::randn({n, k}), a = at::randn({r, k});
    const at::Tensor got = narrowProduct(x, a);
    expectNear(got, (x.to(at::kDouble).unsqueeze(1) * a.to(at::kDouble).unsqueeze(0)).sum(2), k);
  });
}

TEST(Narrow, GradientsEqualThoseInDoublePrecision) {
  each([](std::int64_t n, std::int64_t k, std::int64_t r) {
    const at::Tensor x = at::randn({n, k}), z = at::randn({n, r});
    const at::Tensor got = narrowGradient(z, x);
    expectNear(got, (z.to(at::kDouble).unsqueeze(2) * x.to(at::kDouble).unsqueeze(1)).sum(0), n);
  });
}

// By hand.
TEST(Narrow, ByHandTwoRowsOfThree) {
  const at::Tensor x = at::tensor({1., 2., 3., 4., 5., 6.}).view({2, 3}).to(at::kFloat),
                   a = at::tensor({1., 0., -1., 2., 2., 2.}).view({2, 3}).to(at::kFloat);
  const at::Tensor z = narrowProduct(x, a);  // [[1-3, 12], [4-6, 30]]
  EXPECT_TRUE(z.equal(at::tensor({-2., 12., -2., 30.}).view({2, 2}).to(at::kFloat)));
  EXPECT_TRUE(narrowGradient(z, x).equal(  // [-2·(1 4)…, 12·(1 2 3) + 30·(4 5 6)]
      at::tensor({-10., -14., -18., 132., 174., 216.}).view({2, 3}).to(at::kFloat)));
}

}  // namespace narrow_test
}  // namespace attune
