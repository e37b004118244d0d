#pragma once

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <memory>

#include "core/model/family.h"

namespace attune {

// Models of two layers and 40 tokens with random weights: large enough that attention matters, small enough
// that a test takes milliseconds.
inline ModelConfig tinyConfig(Layout layout = Layout::kDecoder) {
  Json json = Json().set("vocab_size", 40).set("pad_token_id", 0).set("eos_token_id", 2);
  if (layout == Layout::kEncoderDecoder)
    json.set("model_type", "t5")
        .set("d_model", 16)
        .set("d_kv", 4)
        .set("d_ff", 24)
        .set("num_layers", 2)
        .set("num_heads", 4);
  else
    json.set("model_type", layout == Layout::kEncoder ? "bert" : "llama")
        .set("hidden_size", 16)
        .set("intermediate_size", 24)
        .set("num_hidden_layers", 2)
        .set("num_attention_heads", 4)
        .set("max_position_embeddings", 64)
        .set("tie_word_embeddings", true);
  if (layout == Layout::kDecoder) json.set("num_key_value_heads", 2).set("rms_norm_eps", 1e-5);
  return parseModelConfig(json, "tiny");
}

inline std::shared_ptr<const BaseModel> tinyModel(std::uint64_t seed = 7, Layout layout = Layout::kDecoder) {
  const ModelConfig c = tinyConfig(layout);
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  TensorMap weights;
  for (const ExpectedTensor& tensor : familyOf(c).tensors(c, nullptr)) {
    const bool isNorm = tensor.name.ends_with("weight") && tensor.shape.size() == 1;
    const at::Tensor noise = at::empty(tensor.shape).normal_(0, 0.3, generator);
    weights[tensor.name] = isNorm ? at::ones(tensor.shape) + noise * 0.1 : noise;
  }
  return familyOf(c).make(c, std::move(weights));
}

}  // namespace attune
