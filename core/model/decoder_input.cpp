#include "core/model/decoder_input.h"

#include <ATen/ATen.h>

namespace attune {

DecoderInput readDecoderInput(const BaseModel& model, const ModelInput& input, const Attachment& attachment,
                              const DecoderCache* cache) {
  const std::string name = model.embeddingName();
  DecoderInput out;
  out.x = attachment.embedding(name, input.ids, attachment.weight(name, model.weights().at(name)));
  out.mask = input.mask.defined() ? input.mask : at::ones_like(input.ids);
  out.select = input.select;
  const bool first = !cache || cache->empty();
  if (const at::Tensor rows = first ? attachment.virtualRows() : at::Tensor(); rows.defined()) {
    const std::int64_t batch = out.x.size(0);
    out.x = at::cat({rows.unsqueeze(0).expand({batch, -1, -1}), out.x}, 1);
    out.mask = at::cat({at::ones({batch, rows.size(0)}, out.mask.options()), out.mask}, 1);
    if (out.select.defined()) out.select = out.select + rows.size(0);
  }
  if (model.config().layout == Layout::kDecoder && first) out.mask = withPrefix(attachment, out.mask);
  if (!first) out.mask = at::cat({cache->mask, out.mask}, 1);
  out.positions = (out.mask.cumsum(1) - 1).clamp_min(0).slice(1, out.mask.size(1) - out.x.size(1));
  return out;
}

at::Tensor withPrefix(const Attachment& attachment, const at::Tensor& mask) {
  const std::int64_t length = attachment.prefixLength();
  return length == 0 ? mask : at::cat({at::ones({mask.size(0), length}, mask.options()), mask}, 1);
}

void remember(const KeysAndValues& prefix, DecoderCache* cache, std::size_t layer, at::Tensor& keys,
              at::Tensor& values) {
  const bool first = !cache || layer >= cache->keys.size();
  if (first && prefix.keys.defined()) {
    const auto wide = [&](const at::Tensor& t) { return t.unsqueeze(0).expand({keys.size(0), -1, -1, -1}); };
    keys = at::cat({wide(prefix.keys), keys}, 2);
    values = at::cat({wide(prefix.values), values}, 2);
  }
  if (!cache) return;
  if (layer < cache->keys.size()) {
    keys = at::cat({cache->keys[layer], keys}, 2);
    values = at::cat({cache->values[layer], values}, 2);
    cache->keys[layer] = keys;
    cache->values[layer] = values;
  } else {
    cache->keys.push_back(keys);
    cache->values.push_back(values);
  }
}

}  // namespace attune
