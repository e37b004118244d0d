#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <functional>

#include "core/model/base_model.h"

namespace attune {

// One block of a model: its number and what goes in, [batch, time, hidden]. It may be called again when
// gradients flow back, after hidden() has returned.
using Block = std::function<at::Tensor(std::size_t, const at::Tensor&)>;

// x through `count` blocks, or through the first `input.blocks`. Blocks that nothing is trained in or below
// are left out where the attachment remembers what they made of these texts.
at::Tensor throughBlocks(const ModelInput& input, const Attachment& attachment, const DecoderCache* cache,
                         at::Tensor x, std::size_t count, const Block& block);

// While one lives, the blocks that this thread goes through keep only what went in, and work out all else
// once more when gradients flow back (activation checkpointing; Chen et al. 2016, arXiv:1604.06174): little
// memory for one more forward pass, and the same numbers. Not with a prefix, whose keys and values would be
// gone through twice.
class Recomputing {
 public:
  explicit Recomputing(bool on);  // off: changes nothing
  ~Recomputing();
  Recomputing(const Recomputing&) = delete;
  Recomputing& operator=(const Recomputing&) = delete;

 private:
  bool outer_ = false;
};

}  // namespace attune
