#include "core/model/family.h"
#include "core/model/rotary_decoder.h"

namespace attune {
namespace llama {

void read(const ConfigReader& reader, ModelConfig& c) {
  reader.decoder(c, 2048);
  c.attentionBias = c.outputBias = reader.json().boolOr("attention_bias", false);
  c.mlpBias = reader.json().boolOr("mlp_bias", false);
}

}  // namespace llama

Family llamaFamily() {
  return {
      {"llama",
       "LLaMA layout",
       "Decoders with rotary positions, RMS norm and SwiGLU: LLaMA, TinyLlama, SmolLM and the bundled model.",
       "Touvron et al. 2023, arXiv:2302.13971",
       {"LlamaForCausalLM", "LlamaForSequenceClassification"}},
      llama::read,
      rotaryDecoderLinears,
      rotaryDecoderTensors,
      makeRotaryDecoder};
}

}  // namespace attune
