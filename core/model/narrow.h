#pragma once

#include <ATen/core/Tensor.h>

// Products of a matrix with a narrow one, as low-rank layers have them: little is done with every number that
// is read, and libraries for products read it several times. All are fp32 and lie by rows.
namespace attune {

// The most columns for which these are the quickest.
constexpr std::int64_t kNarrow = 16;

// x·aᵀ [n, r] of x [n, k] and a [r, k].
at::Tensor narrowProduct(const at::Tensor& x, const at::Tensor& a);
// zᵀ·x [r, k] of z [n, r] and x [n, k].
at::Tensor narrowGradient(const at::Tensor& z, const at::Tensor& x);

}  // namespace attune
