#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/model/attach_point.h"
#include "core/model/config.h"
#include "core/model/safetensors.h"

namespace attune {

// A batch of token ids. Padding may be on either side.
struct ModelInput {
  at::Tensor ids;     // [batch, time] int64
  at::Tensor mask;    // [batch, time] int64, 1 = real token; undefined: all are real
  at::Tensor select;  // [batch, m] int64: only these positions of the text are wanted; undefined: all
};

// Rows of different length as one batch, padded on the right with `padId`.
ModelInput padRight(const std::vector<std::vector<std::int64_t>>& rows, std::int64_t padId = 0);

// Frozen weights, configuration and the forward pass of one architecture. Immutable after loading, so several
// runs share one object; nothing in it ever asks for a gradient.
class BaseModel {
 public:
  BaseModel(ModelConfig config, TensorMap weights)
      : config_(std::move(config)), weights_(std::move(weights)) {}
  virtual ~BaseModel() = default;

  const ModelConfig& config() const { return config_; }
  const TensorMap& weights() const { return weights_; }  // fp32, names of the checkpoint
  std::int64_t parameterCount() const;

  // Hidden states after the final norm: [batch, virtual + time, hidden], or [batch, m, hidden] with `select`.
  virtual at::Tensor hidden(const ModelInput& input, const Attachment& attachment) const = 0;
  // Name of the matrix [vocabulary, hidden] that makes logits; the embedding's when tied.
  virtual std::string headName() const = 0;
  virtual std::string embeddingName() const = 0;

 private:
  ModelConfig config_;
  TensorMap weights_;
};

// A model that answers: a base with or without something attached.
class LanguageModel {
 public:
  virtual ~LanguageModel() = default;

  virtual const BaseModel& base() const = 0;
  virtual const Attachment& attachment() const = 0;

  std::int64_t virtualTokens() const;
  at::Tensor hidden(const ModelInput& input) const { return base().hidden(input, attachment()); }
  // Logits [.., vocabulary] of hidden states [.., hidden].
  at::Tensor logits(const at::Tensor& hidden) const;
  // Logits [.., n] for these vocabulary rows only (`ids` [n] int64): the same numbers, far fewer products.
  at::Tensor logitsOf(const at::Tensor& hidden, const at::Tensor& ids) const;
};

}  // namespace attune
