#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <functional>
#include <vector>

#include "core/model/base_model.h"

namespace attune {

// One block of a model: its number, what goes in, [batch, time, hidden], and what it reads beside. It may be
// called again when gradients flow back, after hidden() has returned; so what gradients go to and was worked
// out before the blocks must come as `beside`, which is never kept in the block itself.
using Beside = std::vector<at::Tensor>;
using Block = std::function<at::Tensor(std::size_t, const at::Tensor&, const Beside&)>;
using BesideOf = std::function<Beside(std::size_t)>;  // by number of the block

// x through blocks `first` to `count` - 1.
at::Tensor throughBlocks(const Attachment& attachment, const DecoderCache* cache, at::Tensor x,
                         std::size_t first, std::size_t count, const BesideOf& beside, const Block& block);
// The same through `count` blocks, or through the first `input.blocks`, with the attachment's prefix beside.
// Blocks that nothing is trained in or below are left out where the attachment remembers what they made of
// these texts.
at::Tensor throughBlocks(const ModelInput& input, const Attachment& attachment, const DecoderCache* cache,
                         at::Tensor x, std::size_t count, const Block& block);
// Keys and values of a prefix as `beside` has them, and back from its last two.
Beside besideOf(const Prefix& prefix, std::size_t number);
KeysAndValues prefixOf(const Beside& beside, std::size_t first = 0);

// While one lives, the blocks that this thread goes through keep only what went in, and work out all else
// once more when gradients flow back (activation checkpointing; Chen et al. 2016, arXiv:1604.06174): little
// memory for one more forward pass, and the same numbers.
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
