#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace attune {

// softmax(q·kᵀ·scale + bias)·v, [batch, heads, queries, d]. q [batch, heads, queries, d]; k, v [batch,
// keyValueHeads, keys, d], each shared by as many heads as they are fewer; bias is added to the scores
// [batch, heads, queries, keys] or broadcast to them. Gradients flow to all four. fp32. The result lies in
// memory as [batch, queries, heads, d].
at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& bias,
                     double scale);

}  // namespace attune
