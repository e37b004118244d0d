#include "core/model/parts.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/model/products.h"
#include "core/model/table.h"

namespace attune {
namespace parts_test {

class Parts : public testing::TestWithParam<int> {
 protected:
  void SetUp() override { allowCores(GetParam()); }
  void TearDown() override { allowCores(1); }
};

TEST_P(Parts, EachIsDoneOnceUnderTheCallersSettings) {
  const TrainingProducts products(/*half=*/true);
  const c10::NoGradGuard noGrad;
  for (int again = 0; again < 200; ++again) {
    std::vector<int> done(7, 0);
    std::atomic<int> wrong{0};
    inParts(done.size(), [&](std::size_t part) {
      ++done[part];
      if (partState().part != part || TrainingProducts::living() != &products || c10::GradMode::is_enabled())
        ++wrong;
    });
    EXPECT_EQ(done, std::vector<int>(7, 1));
    EXPECT_EQ(wrong, 0);
  }
  EXPECT_EQ(partState().part, 0u);
  EXPECT_EQ(partState().lane, 0u);
  inParts(0, [](std::size_t) { FAIL(); });
}

TEST_P(Parts, TheFirstFailureIsThrownWhenAllAreDone) {
  std::atomic<int> done{0};
  try {
    inParts(5, [&](std::size_t part) {
      ++done;
      if (part >= 2) throw std::runtime_error(std::to_string(part));
    });
    FAIL();
  } catch (const std::runtime_error& e) {
    EXPECT_STREQ(e.what(), "2");
  }
  EXPECT_EQ(done, 5);
}

INSTANTIATE_TEST_SUITE_P(Cores, Parts, testing::Values(1, 2, 4));

// Rows 1 and 3 are read twice and once: their gradients are the sums of what was asked of them.
TEST(TableRows, GiveASparseGradientOfTheRowsThatWereRead) {
  const at::Tensor table = at::rand({5, 2}).set_requires_grad(true);
  const at::Tensor numbers = at::tensor({3, 1, 1}, at::kLong);
  const at::Tensor rows = tableRows(table, numbers);
  EXPECT_TRUE(at::equal(rows.detach(), table.detach().index_select(0, numbers)));
  (rows * at::tensor({1.0F, 10.0F, 100.0F}).unsqueeze(1)).sum().backward();
  ASSERT_TRUE(table.grad().is_sparse());
  const at::Tensor gradient = table.grad().coalesce();
  EXPECT_TRUE(at::equal(gradient._indices(), at::tensor({1, 3}, at::kLong).unsqueeze(0)));
  const at::Tensor wanted = at::tensor({0.0F, 110.0F, 0.0F, 1.0F, 0.0F}).unsqueeze(1).expand({5, 2});
  EXPECT_TRUE(at::equal(gradient.to_dense(), wanted));
}

}  // namespace parts_test
}  // namespace attune
