#pragma once

#include <memory>
#include <vector>

#include "core/model/base_model.h"
#include "core/model/weights.h"

// The decoder that LLaMA, Mistral and Qwen share (Touvron et al. 2023): pre-norm, rotary positions,
// grouped-query attention, SwiGLU. What the families differ in are switches of the config: biases, norms on q
// and k, sliding windows. reference: …ForCausalLM and …ForSequenceClassification of transformers.
namespace attune {

std::vector<LinearShape> rotaryDecoderLinears(const ModelConfig& config);
std::vector<ExpectedTensor> rotaryDecoderTensors(const ModelConfig& config, const WeightSource* source);
std::shared_ptr<const BaseModel> makeRotaryDecoder(const ModelConfig& config, TensorMap weights);

}  // namespace attune
