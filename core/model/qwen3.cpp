#include "core/model/family.h"
#include "core/model/qwen_window.h"
#include "core/model/rotary_decoder.h"

namespace attune {
namespace qwen3 {

void read(const ConfigReader& reader, ModelConfig& c) {
  reader.decoder(c, 32768);
  if (!reader.json().has("head_dim")) c.headDim = 128;
  c.attentionBias = c.outputBias = reader.json().boolOr("attention_bias", false);
  c.queryKeyNorm = true;
  readQwenWindow(reader, c);
}

}  // namespace qwen3

Family qwen3Family() {
  return {{"qwen3",
           "Qwen3",
           "The LLaMA layout with norms on queries and keys.",
           "Yang et al. 2025, arXiv:2505.09388",
           {"Qwen3ForCausalLM", "Qwen3ForSequenceClassification"}},
          qwen3::read,
          rotaryDecoderLinears,
          rotaryDecoderTensors,
          makeRotaryDecoder};
}

}  // namespace attune
