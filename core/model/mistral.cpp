#include "core/model/family.h"
#include "core/model/rotary_decoder.h"

namespace attune {
namespace mistral {

void read(const ConfigReader& reader, ModelConfig& c) {
  reader.decoder(c, 131072);
  // Absent: 4096, the first Mistral's; null: none.
  const Json* window = reader.json().find("sliding_window");
  if (!window || !window->isNull())
    c.slidingWindow = reader.size("sliding_window", ConfigReader::kMaxContext, 4096);
  reader.layerTypes(c);
}

}  // namespace mistral

Family mistralFamily() {
  return {{"mistral",
           "Mistral",
           "The LLaMA layout with a sliding window: each token sees only so many before it.",
           "Jiang et al. 2023, arXiv:2310.06825",
           {"MistralForCausalLM", "MistralForSequenceClassification"}},
          mistral::read,
          rotaryDecoderLinears,
          rotaryDecoderTensors,
          makeRotaryDecoder};
}

}  // namespace attune
