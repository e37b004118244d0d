#pragma once

#include <ATen/core/Tensor.h>

// What stands between the products of a transformer, each in one pass over memory in either direction. fp32;
// gradients flow to every tensor unless it says otherwise.
namespace attune {

// w · x / sqrt(mean(x²) + epsilon) over the last axis.
at::Tensor rmsNorm(const at::Tensor& x, const at::Tensor& weight, double epsilon);

// x [batch, heads, time, d] turned by cos and sin [batch or 1, 1, time, d], which get no gradients: x·cos +
// (−x₂, x₁)·sin, where x₁ and x₂ are the halves of the last axis.
at::Tensor turned(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin);

// gate · sigmoid(gate) · up.
at::Tensor gatedSilu(const at::Tensor& gate, const at::Tensor& up);

}  // namespace attune
