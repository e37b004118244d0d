#pragma once

#include <memory>
#include <vector>

#include "core/base/gguf.h"
#include "core/base/json.h"
#include "core/model/weights.h"

// A GGUF file seen as a Hugging Face checkpoint: the same names, shapes, row order and config keys, so that
// no family needs to know where its weights came from.
namespace attune {

// The metadata as a config.json: model_type, architectures, sizes, token ids, rope. Architectures: llama
// (also Mistral's and SmolLM's files), qwen2, qwen3, gpt2, bert, t5. Divisors of the rotary frequencies
// (rope_freqs.weight) become Llama 3's rope scaling where they follow its rule, else {"rope_type":
// "divisors", "divisors": […]} in "rope_parameters", which only Attune reads. Throws Error(kUnsupported)
// naming another architecture, Error(kInvalidInput) naming a key.
Json ggufConfig(const GgufFile& file);

// The numbers of a small tensor beside the weights.
std::vector<double> readDivisors(const GgufFile& file, const GgufTensor& tensor);

// Every tensor dequantised to fp32 on load; the rows of q and k of architecture llama put back in Hugging
// Face's order. Throws Error(kUnsupported) naming tensor and type when one that is needed cannot be read.
std::unique_ptr<WeightSource> openGgufWeights(std::shared_ptr<const GgufFile> file);

}  // namespace attune
