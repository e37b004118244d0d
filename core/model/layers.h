#pragma once

#include <ATen/core/Tensor.h>

#include "core/model/config.h"

// The parts that decoders of the LLaMA kind are made of. Pure functions; gradients flow through all of them.
namespace attune {

// y = w * x / sqrt(mean(x²) + eps) over the last axis.
at::Tensor rmsNorm(const at::Tensor& x, const at::Tensor& weight, double epsilon);

// Rotary frequencies [headDim / 2] after scaling (reference: RoFormer; Llama 3.1 for "llama3").
at::Tensor rotaryFrequencies(const ModelConfig& config);

struct RotaryTable {
  at::Tensor cos;  // [batch, 1, time, headDim]
  at::Tensor sin;
};
RotaryTable rotaryTable(const at::Tensor& positions,
                        const at::Tensor& frequencies);  // positions [batch, time]
// Rotates x [batch, heads, time, headDim], halves paired as in Hugging Face.
at::Tensor rotate(const at::Tensor& x, const RotaryTable& table);

// Additive mask [batch, 1, time, time]: 0 where a key is visible, a very low number elsewhere. Causal, and
// keys with mask 0 are hidden; a row that sees nothing (a padded query) sees itself, so that no NaN arises.
at::Tensor causalMask(const at::Tensor& mask);

// softmax(q·kᵀ/√d + mask)·v. q [batch, heads, queries, d]; k, v [batch, keyValueHeads, keys, d].
at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& mask);

}  // namespace attune
