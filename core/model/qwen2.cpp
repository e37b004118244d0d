#include "core/model/family.h"
#include "core/model/qwen_window.h"
#include "core/model/rotary_decoder.h"

namespace attune {

void readQwenWindow(const ConfigReader& reader, ModelConfig& c) {
  if (!reader.json().boolOr("use_sliding_window", false)) return;
  c.slidingWindow = reader.size("sliding_window", ConfigReader::kMaxContext, 4096);
  const std::int64_t from = reader.json().intOr("max_window_layers", 28);
  c.windowedLayers.clear();
  for (std::int64_t i = 0; i < c.layers; ++i) c.windowedLayers.push_back(i >= from);
  reader.layerTypes(c);
}

namespace qwen2 {

void read(const ConfigReader& reader, ModelConfig& c) {
  reader.decoder(c, 32768);
  c.attentionBias = true;  // q, k and v; fixed by the architecture
  readQwenWindow(reader, c);
}

}  // namespace qwen2

Family qwen2Family() {
  return {{"qwen2",
           "Qwen2 and Qwen2.5",
           "The LLaMA layout with biases on q, k and v.",
           "Yang et al. 2024, arXiv:2407.10671",
           {"Qwen2ForCausalLM", "Qwen2ForSequenceClassification"}},
          qwen2::read,
          rotaryDecoderLinears,
          rotaryDecoderTensors,
          makeRotaryDecoder};
}

}  // namespace attune
