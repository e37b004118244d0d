#pragma once

#include <memory>

#include "core/model/base_model.h"
#include "core/model/weights.h"

namespace attune {

// The LLaMA layout (Touvron et al. 2023): pre-norm decoder, rotary positions, grouped-query attention,
// SwiGLU. reference: LlamaForCausalLM and LlamaForSequenceClassification of transformers.

// Names and shapes of the tensors that the configuration asks for. `index` decides whether the output head is
// a matrix of its own: as configured, or when a tied model stores one all the same.
std::vector<ExpectedTensor> llamaTensors(const ModelConfig& config, const WeightIndex& index);
std::shared_ptr<const BaseModel> makeLlama(const ModelConfig& config, TensorMap weights);

}  // namespace attune
