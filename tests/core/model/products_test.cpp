#include "core/model/products.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "core/model/attach_point.h"
#include "core/model/fused.h"
#include "core/model/gemm.h"
#include "core/model/parts.h"
#include "core/train/flop_counter.h"

namespace attune {
namespace products_test {

double largest(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

class Products : public testing::Test {
 protected:
  Products() { at::manual_seed(5); }

  at::Tensor x_ = at::randn({2, 5, 24}).requires_grad_(true);
  at::Tensor weight_ = at::randn({16, 24}).requires_grad_(true);
  at::Tensor bias_ = at::randn({16}).requires_grad_(true);
  at::Tensor a_ = at::randn({3, 24}).requires_grad_(true);
  at::Tensor b_ = at::randn({16, 3}).requires_grad_(true);
  at::Tensor given_ = at::randn({2, 5, 16});

  // Result and gradients of x, W, b, A and B, which are left without.
  std::vector<at::Tensor> all(const at::Tensor& y) {
    (y * given_).sum().backward();
    std::vector<at::Tensor> found{y.detach()};
    for (at::Tensor t : {x_, weight_, bias_, a_, b_}) {
      found.push_back(t.grad().defined() ? t.grad().clone() : at::Tensor());
      t.mutable_grad() = at::Tensor();
    }
    return found;
  }
  at::Tensor plainly() const {
    return at::linear(x_, weight_, bias_) + at::linear(at::linear(x_, a_), b_) * 2.5;
  }
};

TEST_F(Products, ALowRankLayerEqualsPlainStepsWithAllGradients) {
  const auto got = all(lowRankLinear(x_, weight_, bias_, a_, b_, 2.5)), wanted = all(plainly());
  for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_LT(largest(got[i], wanted[i]), 1e-4) << i;
}

TEST_F(Products, WhatIsFrozenGetsNoGradient) {
  for (at::Tensor t : {weight_, bias_}) t.requires_grad_(false);
  const auto got = all(lowRankLinear(x_, weight_, at::Tensor(), a_, b_, 2.5));
  EXPECT_FALSE(got[2].defined());
  EXPECT_FALSE(got[3].defined());
  EXPECT_TRUE(got[1].defined() && got[4].defined() && got[5].defined());
}

TEST_F(Products, TrainingProductsAreNearAndOnlyWhileTheyLive) {
  const auto wanted = all(plainly());
  {
    const TrainingProducts products(/*half=*/true);
    const auto got = all(lowRankLinear(x_, weight_, bias_, a_, b_, 2.5));
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      EXPECT_EQ(got[i].scalar_type(), at::kFloat);
      // Eight bits: 0.4 % of a number, against the largest of the tensor.
      EXPECT_LT(largest(got[i], wanted[i]), 0.02 * wanted[i].abs().max().item<double>()) << i;
    }
    EXPECT_GT(largest(plainLinear(x_, weight_, bias_), at::linear(x_, weight_, bias_)), 0);
    EXPECT_EQ(TrainingProducts::half(), &products);
    const TrainingProducts whole(/*half=*/false);
    EXPECT_EQ(TrainingProducts::half(), nullptr);
  }
  EXPECT_EQ(TrainingProducts::living(), nullptr);
  EXPECT_EQ(largest(plainLinear(x_, weight_, bias_), at::linear(x_, weight_, bias_)), 0);
}

TEST_F(Products, MatricesAreKeptUntilTheyChange) {
  TrainingProducts products(/*half=*/true);
  const at::Tensor matrix = at::randn({16, 24});
  const auto kept = products.sorted(matrix);
  EXPECT_TRUE(products.sorted(matrix) == kept);
  EXPECT_FALSE(products.sorted(matrix.t()) == kept);  // the same numbers, turned
  EXPECT_FALSE(products.sorted(weight_ * 2));         // made for one product
  const at::Tensor before = plainLinear(x_, weight_, at::Tensor()).detach();
  weight_.detach().mul_(2);  // a step of training
  EXPECT_LT(largest(plainLinear(x_, weight_, at::Tensor()).detach(), before * 2), 1e-5);
}

TEST_F(Products, InWholeNumbersWhatIsTrainedOrFindsNoRoomStaysAsItIs) {
  const at::Tensor matrix = at::randn({16, 24}), second = at::randn({16, 24});
  TrainingProducts without(/*half=*/false);
  EXPECT_FALSE(without.sorted(matrix));
  if (!sortingSpeedsWholeProducts()) GTEST_SKIP() << "no kernels for sorted fp32 on this processor";
  TrainingProducts products(/*half=*/false, 2 * 4 * 16 * 24 + 1);  // one matrix in both directions
  EXPECT_FALSE(products.sorted(weight_));
  const auto kept = products.sorted(matrix);
  EXPECT_TRUE(kept);
  EXPECT_TRUE(products.sorted(matrix) == kept);
  EXPECT_FALSE(products.sorted(second));
}

// However much memory is free, a run ends with the same bytes.
TEST_F(Products, SortedWholeProductsHaveTheSameBits) {
  for (const auto& [rows, in, out] : std::vector<std::array<std::int64_t, 3>>{
           {5, 24, 16}, {16, 16, 16}, {33, 384, 1536}, {215, 1536, 384}, {480, 576, 192}, {97, 100, 70}}) {
    const at::Tensor x = at::randn({rows, in}).requires_grad_(true), w = at::randn({out, in}),
                     bias = at::randn({out}).requires_grad_(true), given = at::randn({rows, out});
    const auto run = [&](std::int64_t room) {
      const TrainingProducts products(/*half=*/false, room);
      std::vector<at::Tensor> found;
      for (const at::Tensor& added : {bias, at::Tensor()}) {
        const at::Tensor y = plainLinear(x, w, added);
        y.backward(given);
        found.insert(found.end(), {y.detach(), x.grad().clone()});
        x.mutable_grad() = at::Tensor();
      }
      return found;
    };
    const auto plain = run(0), sorted = run(std::int64_t{1} << 30);
    for (std::size_t i = 0; i < plain.size(); ++i)
      EXPECT_TRUE(sorted[i].equal(plain[i])) << rows << " x " << in << " x " << out << ", " << i;
    EXPECT_LT(largest(plain[0].detach(), at::linear(x, w, bias).detach()),
              1e-4 * plain[0].abs().max().item<double>());
  }
}

TEST_F(Products, AnInputIsCopiedAnewWhenItsNumbersChange) {
  TrainingProducts products(/*half=*/true);
  const at::Tensor x = at::randn({4, 24});
  const at::Tensor half = products.copyOfInput(x);
  EXPECT_TRUE(products.copyOfInput(x).is_same(half));
  x.mul_(2);
  EXPECT_EQ(largest(products.copyOfInput(x), halfOf(x)), 0);
  EXPECT_FALSE(products.copyOfInput(x.view({24, 4})).is_same(half));
}

TEST_F(Products, WhatStandsBetweenLeavesACopyInBfloat16) {
  TrainingProducts products(/*half=*/true);
  const at::Tensor x = at::randn({3, 24});
  const at::Tensor y = erfGelu(x), copy = products.copyOfInput(y);
  EXPECT_TRUE(copy.equal(y.to(at::kBFloat16)));
  EXPECT_TRUE(products.copyOfInput(y).is_same(copy));
}

class Postponed : public Products, public testing::WithParamInterface<bool> {
 protected:
  TrainingProducts products_{/*half=*/GetParam()};
};

// Steps of training: two parts with rows of their own, whoever is done first.
TEST_P(Postponed, AGradientEqualsTheSumOverItsParts) {
  const at::Tensor first = at::randn({2, 4, 24}).requires_grad_(true), givenToFirst = at::randn({2, 4, 16}),
                   second = at::randn({4, 24}).requires_grad_(true), givenToSecond = at::randn({4, 16});
  const auto gradient = [&](bool postponed, bool secondFirst) {
    if (postponed) products_.postpone();
    for (const bool isSecond : {secondFirst, !secondFirst}) {
      partState().part = isSecond ? 1 : 0;
      if (isSecond)
        (plainLinear(second, weight_, bias_) * givenToSecond).sum().backward();
      else
        (plainLinear(first, weight_, bias_) * givenToFirst).sum().backward();
    }
    partState().part = 0;
    if (postponed) {
      EXPECT_FALSE(weight_.grad().defined());
      EXPECT_TRUE(bias_.grad().defined());
      auto waiting = products_.takePostponed();
      EXPECT_EQ(waiting.size(), 1U);
      for (PostponedGradient& one : waiting) one.add();
    }
    const at::Tensor found = weight_.grad().clone();
    weight_.mutable_grad() = bias_.mutable_grad() = at::Tensor();
    return found;
  };
  const at::Tensor atOnce = gradient(false, false), waited = gradient(true, false);
  EXPECT_LT(largest(waited, atOnce), 1e-5 * atOnce.abs().max().item<double>());
  EXPECT_TRUE(waited.equal(gradient(true, true)));
}

TEST_P(Postponed, AGradientWaitsOnlyWhereThatTakesLessMemory) {
  // Rows of 16 and 24 numbers against 16 x 24 of four bytes each.
  const std::int64_t most = GetParam() ? 19 : 9;
  for (const std::int64_t rows : {most, most + 1}) {
    products_.postpone();
    plainLinear(at::randn({rows, 24}), weight_, bias_).sum().backward();
    EXPECT_EQ(products_.takePostponed().size(), rows == most ? 1U : 0U);
    EXPECT_EQ(weight_.grad().defined(), rows > most);
  }
}

INSTANTIATE_TEST_SUITE_P(HalfAndWhole, Postponed, testing::Bool());

TEST(Gemm, RoundsToTheNextBfloat16AsLibtorchDoes) {
  at::manual_seed(6);
  const float inf = std::numeric_limits<float>::infinity();
  const at::Tensor special =
      at::tensor({0.0F, -0.0F, 1e-40F, inf, -inf, 3.4e38F, 1.00390625F, 1.01171875F, 65280.0F, 1e-38F});
  for (const at::Tensor& x : {at::randn({7, 33}) * 100, special.view({1, -1})})
    EXPECT_TRUE(halfOf(x).equal(x.to(at::kBFloat16)));
  EXPECT_TRUE(at::isnan(halfOf(at::full({1, 3}, std::nan("")))).all().item<bool>());
}

TEST(Gemm, AWholeProductEqualsTheBlasHoweverItsMatricesLie) {
  at::manual_seed(7);
  for (const auto& [n, k, m] : std::vector<std::array<std::int64_t, 3>>{
           {1, 24, 6}, {16, 16, 16}, {33, 65, 129}, {104, 384, 96}, {0, 24, 32}}) {
    const at::Tensor a = at::randn({n, k}), b = at::randn({k, m}), bias = at::randn({m});
    const at::Tensor wanted = at::mm(a, b);
    const at::Tensor turnedA = a.t().contiguous().t(), turnedB = b.t().contiguous().t();
    const FlopCounter counter;
    for (const at::Tensor& left : {a, turnedA})
      for (const at::Tensor& right : {b, turnedB}) {
        const double close = 1e-5 * std::sqrt(static_cast<double>(k));
        EXPECT_TRUE(at::allclose(wholeProduct(left, right), wanted, 1e-5, close));
        EXPECT_TRUE(at::allclose(wholeProduct(left, right, bias), wanted + bias, 1e-5, close));
      }
    EXPECT_DOUBLE_EQ(counter.flops(), 8 * 2.0 * static_cast<double>(n * k * m));
  }
}

// Products of bfloat16 numbers are exact in fp32, so only the order of the sums differs from fp32's.
TEST(Gemm, EqualsTheProductOfTheRoundedNumbersHoweverTheyLie) {
  at::manual_seed(3);
  const FlopCounter counter;
  double operations = 0, reference = 0;
  for (const auto& [n, k, m] : std::vector<std::array<std::int64_t, 3>>{
           {1, 1, 1}, {1, 24, 6}, {16, 6, 384}, {208, 384, 8}, {33, 65, 129}}) {
    const at::Tensor a = halfOf(at::randn({n, k})), b = halfOf(at::randn({k, m}));
    const at::Tensor wanted = at::mm(a.to(at::kFloat), b.to(at::kFloat));
    reference += 2.0 * static_cast<double>(n * k * m);
    const double close = 1e-5 * wanted.abs().max().item<double>() + 1e-6;
    const at::Tensor turnedA = a.t().contiguous().t(), turnedB = b.t().contiguous().t();
    for (const at::Tensor& left : {a, turnedA})
      for (const at::Tensor& right : {b, turnedB}) {
        EXPECT_LT(largest(halfProduct(left, right), wanted), close) << n << " " << k << " " << m;
        SortedMatrix forward(right.t().to(at::kFloat)), backward(right.to(at::kFloat));
        for (int twice = 0; twice < 2; ++twice) {
          EXPECT_LT(largest(forward.forward(left), wanted), close);
          EXPECT_LT(largest(backward.backward(left), wanted), close);
        }
        operations += 5.0 * 2 * static_cast<double>(n * k * m);
      }
  }
  EXPECT_DOUBLE_EQ(counter.flops(), operations + reference);
}

}  // namespace products_test
}  // namespace attune
