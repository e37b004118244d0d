#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace attune {

// W·x + b for weight [out, in] and a bias [out] that may be undefined.
at::Tensor plainLinear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

// What one block's self-attention finds in front of the tokens: [keyValueHeads, n, headDim] each.
struct KeysAndValues {
  at::Tensor keys, values;
};
using Prefix = std::vector<KeysAndValues>;

struct ModelInput;

// What a model's first blocks made of a batch [batch, time, hidden]; undefined: it is not known.
struct RememberedStates {
  at::Tensor states;
  std::size_t blocks = 0;
};

// The named places of a model's forward pass where a tuning method may act. The defaults leave the base as it
// is. Called in every forward pass, so answers must be quick; names are those of the Hugging Face checkpoint.
class Attachment {
 public:
  virtual ~Attachment() = default;

  // The tensor to use for parameter `name` ("model.layers.0.input_layernorm.weight").
  virtual at::Tensor weight(const std::string& name, const at::Tensor& base) const;

  // The output of the linear layer at `path` ("model.layers.0.self_attn.q_proj") for input x [.., in];
  // `weight` [out, in], `bias` [out] or undefined.
  virtual at::Tensor linear(const std::string& path, const at::Tensor& x, const at::Tensor& weight,
                            const at::Tensor& bias) const;

  // The embeddings [batch, time, hidden] of token ids [batch, time] from `table` [vocabulary, hidden], the
  // parameter `name`.
  virtual at::Tensor embedding(const std::string& name, const at::Tensor& ids, const at::Tensor& table) const;

  // Rows in front of the input embeddings [n, hidden], or undefined. They come before bos, take positions
  // 0 … n-1 and are seen by every token.
  virtual at::Tensor virtualRows() const;

  // A block's keys and values in front of those that its self-attention computes (the decoder's where there
  // are two stacks), each [keyValueHeads, n, headDim]; seen by every token and not rotated. One entry a
  // block, or none at all; asked for once a pass. n is prefixLength(), as many positions are taken.
  virtual std::int64_t prefixLength() const;
  virtual Prefix prefix() const;

  // What joins the residual stream (before a norm that comes behind) after the sub-layer `place`
  // ("layers.0.attn", sublayers() of config.h) has read x and made y, both [batch, time, hidden].
  virtual at::Tensor sublayer(const std::string& place, const at::Tensor& x, const at::Tensor& y) const;

  // States of the blocks below all that is attached, where it keeps them.
  virtual RememberedStates remembered(const ModelInput& input) const;

  // Where its random numbers (dropout) are for the part of a batch that this thread works on (parts.h), and
  // back to there.
  virtual std::vector<at::Tensor> randomState() const;
  virtual void restoreRandom(const std::vector<at::Tensor>& state) const;
};

}  // namespace attune
