#pragma once

#include <ATen/core/Tensor.h>

#include "core/model/base_model.h"
#include "core/model/config.h"

// The parts that transformers are made of. Pure functions; gradients flow through all of them.
namespace attune {

// A linear layer of a model and the name of its module. `transposed`: stored as [in, out].
struct Linear {
  std::string path;
  at::Tensor weight;
  at::Tensor bias;  // undefined: none
  bool transposed = false;

  Linear() = default;
  // The layer at `path` of `weights`, with its bias where there is one.
  Linear(const TensorMap& weights, const std::string& path, bool transposed = false);

  at::Tensor operator()(const at::Tensor& x, const Attachment& attachment) const;
};

// A norm of a model: RMS norm, or layer norm where it has a bias.
struct Norm {
  std::string path;
  at::Tensor weight;
  at::Tensor bias;
  double epsilon = 0;

  Norm() = default;
  Norm(const TensorMap& weights, const std::string& path, double epsilon);

  at::Tensor operator()(const at::Tensor& x, const Attachment& attachment) const;
  // Of x + y, at once where it is a layer norm.
  at::Tensor ofSum(const at::Tensor& x, const at::Tensor& y, const Attachment& attachment) const;
};

// The names of a block's sub-layers, made once: "layers.0.attn", "layers.0.cross", "layers.0.ffn".
struct BlockPlaces {
  std::string attention, crossAttention, feedForward;

  BlockPlaces() = default;
  BlockPlaces(const std::string& stack, std::int64_t block);
};

at::Tensor activate(Activation activation, const at::Tensor& x);
// activate(gate) · up.
at::Tensor gated(Activation activation, const at::Tensor& gate, const at::Tensor& up);

// x [batch, time, heads·d] -> [batch, heads, time, d], and back.
at::Tensor splitHeads(const at::Tensor& x, std::int64_t heads);
at::Tensor joinHeads(const at::Tensor& x);

// Additive masks [batch, 1, queries, keys]: 0 where a key is visible, a very low number elsewhere. `mask`
// [batch, keys], 1 = real token.
// Of the last `queries` columns looking at themselves and all before, or at the last `window` of them where
// that is not 0. A row that sees nothing (a padded query) sees itself, so that no NaN arises.
at::Tensor causalMask(const at::Tensor& mask, std::int64_t queries, std::int64_t window = 0);
// Of `queries` rows that look at every real token.
at::Tensor paddingMask(const at::Tensor& mask, std::int64_t queries = 1);

// Rows `select` [batch, m] of x [batch, time, …]: [batch, m, …].
at::Tensor rowsOf(const at::Tensor& x, const at::Tensor& select);
// Rows `select` [batch, m] of a mask or bias [batch or 1, heads or 1, queries, keys].
at::Tensor queriesOf(const at::Tensor& bias, const at::Tensor& select);

// Position [batch, 1] of each row's last real token; mask [batch, time].
at::Tensor lastRealPositions(const at::Tensor& mask);
// Mean of the real tokens' states [batch, hidden]; states [batch, time, hidden].
at::Tensor meanPooled(const at::Tensor& states, const at::Tensor& mask);

}  // namespace attune
