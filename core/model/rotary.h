#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <vector>

#include "core/model/config.h"

namespace attune {

// Rotary frequencies [headDim / 2] after scaling (Su et al. 2021; Peng et al. 2023 for "yarn"; Llama 3.1 for
// "llama3"). `length`: of the sequence so far, used by "dynamic" alone.
at::Tensor rotaryFrequencies(const ModelConfig& config, std::int64_t length = 0);

// The "llama3" scaling whose frequencies are the plain ones over these divisors, with Llama 3's own bounds 1
// and 4; nothing when there is none. GGUF files store the divisors instead.
std::optional<RopeScaling> llama3Scaling(const std::vector<double>& divisors, double theta);

struct RotaryTable {
  at::Tensor cos;  // [batch, 1, time, headDim]
  at::Tensor sin;
};
// positions [batch, time]; cos and sin are multiplied by `factor`.
RotaryTable rotaryTable(const at::Tensor& positions, const at::Tensor& frequencies, double factor = 1);
// Rotates x [batch, heads, time, headDim], halves paired as in Hugging Face.
at::Tensor rotate(const at::Tensor& x, const RotaryTable& table);

}  // namespace attune
