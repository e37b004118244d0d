#pragma once

#include <ATen/core/Tensor.h>

// What stands between the products of a transformer, each in one pass over memory in either direction. fp32;
// gradients flow to every tensor unless it says otherwise. Results and gradients that a product is likely to
// read next are left in bfloat16 as well where products want that (products.h).
namespace attune {

// w · x / sqrt(mean(x²) + epsilon) over the last axis.
at::Tensor rmsNorm(const at::Tensor& x, const at::Tensor& weight, double epsilon);

// w · (z - mean(z)) / sqrt(variance(z) + epsilon) + b over the last axis, of z = x + y, or of x where y is
// undefined.
at::Tensor layerNorm(const at::Tensor& x, const at::Tensor& y, const at::Tensor& weight,
                     const at::Tensor& bias, double epsilon);

// x·Φ(x), Φ of the standard normal distribution, within 1e-6.
at::Tensor erfGelu(const at::Tensor& x);

// x [batch, heads, time, d] turned by cos and sin [batch or 1, 1, time, d], which get no gradients: x·cos +
// (−x₂, x₁)·sin, where x₁ and x₂ are the halves of the last axis.
at::Tensor turned(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin);

// gate · sigmoid(gate) · up.
at::Tensor gatedSilu(const at::Tensor& gate, const at::Tensor& up);

}  // namespace attune
