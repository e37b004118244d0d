#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace attune {

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

  // Rows in front of the input embeddings [n, hidden], or undefined. They come before bos, take positions
  // 0 … n-1 and are seen by every token.
  virtual at::Tensor virtualRows() const;
};

}  // namespace attune
