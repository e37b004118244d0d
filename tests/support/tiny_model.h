#pragma once

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <memory>

#include "core/model/base_model.h"
#include "core/model/rotary_decoder.h"
#include "core/model/safetensors.h"

namespace attune {

// A language model of two layers and 40 tokens with random weights: large enough that attention matters,
// small enough that a test takes milliseconds.
inline ModelConfig tinyConfig() {
  ModelConfig c;
  c.family = "llama";
  c.architecture = "LlamaForCausalLM";
  c.vocabulary = 40;
  c.hidden = 16;
  c.feedForward = 24;
  c.layers = 2;
  c.heads = 4;
  c.keyValueHeads = 2;
  c.headDim = 4;
  c.context = 64;
  c.normEpsilon = 1e-5;
  c.tied = true;
  return c;
}

inline std::shared_ptr<const BaseModel> tinyModel(std::uint64_t seed = 7) {
  const ModelConfig c = tinyConfig();
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  const auto random = [&](std::vector<std::int64_t> shape) {
    return at::empty(shape).normal_(0, 0.3, generator);
  };
  TensorMap weights;
  weights["model.embed_tokens.weight"] = random({c.vocabulary, c.hidden});
  weights["model.norm.weight"] = at::ones({c.hidden}) + random({c.hidden}) * 0.1;
  for (std::int64_t i = 0; i < c.layers; ++i)
    for (const char* name : {"input_layernorm", "post_attention_layernorm"})
      weights["model.layers." + std::to_string(i) + "." + name + ".weight"] =
          at::ones({c.hidden}) + random({c.hidden}) * 0.1;
  for (const LinearShape& s : linearShapes(c)) weights[s.path + ".weight"] = random({s.out, s.in});
  return makeRotaryDecoder(c, std::move(weights));
}

}  // namespace attune
