#include "core/model/narrow.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/model/flop_count.h"
#include "core/model/rows.h"

namespace attune {
namespace narrow {

constexpr std::int64_t kFour = 4;       // rows that the loops take at once
constexpr std::int64_t kColumns = 768;  // of four rows, and of what they are added to: they stay in the cache

// A matrix by rows.
struct Matrix {
  explicit Matrix(const at::Tensor& x) : data(x.data_ptr<float>()), rows(x.size(0)), columns(x.size(1)) {}
  const float* data;
  std::int64_t rows, columns;
};

// Four of its rows from `row` and `column` on; behind the last row it is the last again.
struct Four {
  Four(const Matrix& x, std::int64_t row, std::int64_t column) {
    for (std::int64_t i = 0; i < kFour; ++i)
      at[i] = x.data + std::min(row + i, x.rows - 1) * x.columns + column;
  }
  const float* at[kFour];
};

void count(const at::Tensor& x, std::int64_t columns) {
  countFlops(2.0 * static_cast<double>(x.numel()) * static_cast<double>(columns));
}

}  // namespace narrow

at::Tensor narrowProduct(const at::Tensor& x, const at::Tensor& a) {
  using namespace narrow;
  const at::Tensor heldX = x.contiguous(), heldA = a.contiguous();
  const Matrix wide(heldX), rows(heldA);
  const std::int64_t n = wide.rows, r = rows.rows;
  const at::Tensor z = at::empty({n, r}, x.options());
  auto* const to = z.data_ptr<float>();
  for (std::int64_t row = 0; row < n; row += kFour)
    for (std::int64_t column = 0; column < r; column += kFour) {
      float sums[kFour * kFour];
      dotRows(wide.columns, Four(wide, row, 0).at, Four(rows, column, 0).at, sums);
      for (std::int64_t i = 0; i < std::min(kFour, n - row); ++i)
        for (std::int64_t j = 0; j < std::min(kFour, r - column); ++j)
          to[(row + i) * r + column + j] = sums[kFour * i + j];
    }
  count(x, r);
  return z;
}

at::Tensor narrowGradient(const at::Tensor& z, const at::Tensor& x) {
  using namespace narrow;
  const at::Tensor heldX = x.contiguous(), heldZ = z.contiguous();
  const Matrix wide(heldX), columns(heldZ);
  const std::int64_t n = wide.rows, k = wide.columns, r = columns.columns;
  const at::Tensor sums = at::zeros({roundedUp(r, kFour), k}, x.options());
  auto* const begin = sums.data_ptr<float>();
  for (std::int64_t left = 0; left < k; left += kColumns)
    for (std::int64_t row = 0; row < n; row += kFour)
      for (std::int64_t column = 0; column < r; column += kFour) {
        float shares[kFour * kFour];
        float* to[kFour];
        for (std::int64_t j = 0; j < kFour; ++j) {
          to[j] = begin + (column + j) * k + left;
          for (std::int64_t i = 0; i < kFour; ++i)
            shares[kFour * j + i] =
                row + i < n && column + j < r ? columns.data[(row + i) * r + column + j] : 0.0F;
        }
        mixRows(std::min(kColumns, k - left), Four(wide, row, left).at, shares, to);
      }
  count(x, r);
  return sums.narrow(0, 0, r);
}

}  // namespace attune
