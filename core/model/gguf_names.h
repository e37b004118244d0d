#pragma once

#include <string>

namespace attune {

// The Hugging Face name of a GGUF tensor of this architecture ("blk.0.attn_q.weight" ->
// "model.layers.0.self_attn.q_proj.weight"); empty: the
// model has no such tensor or does not need it, or the architecture is not known.
std::string hubTensorName(const std::string& architecture, const std::string& ggufName);

}  // namespace attune
