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
  at::Tensor select;  // [batch, m] int64: only these positions are wanted; undefined: all

  at::Tensor tokenTypes;  // encoders: [batch, time] int64, 0 or 1; undefined: 0
  // Encoder-decoders: what the decoder reads [batch, steps]; `select` counts its positions.
  at::Tensor decoderIds;
  at::Tensor decoderMask;  // undefined: all are real
  // Only through so many of the first blocks, and no norm behind them; below 0: the whole model. Not of
  // encoder-decoders.
  std::int64_t blocks = -1;
};

// Rows of these lengths as batches of like length: numbers of rows, in order of length. A row takes
// `widths[i]` of the budget, and as much as the longest before it; what fits in no batch is one alone.
std::vector<std::vector<std::size_t>> batchesOfLikeLength(const std::vector<std::size_t>& lengths,
                                                          const std::vector<std::size_t>& widths,
                                                          std::size_t budget);

// What a model remembers of the tokens it has read, so that each new one costs one column. Made empty, filled
// by hidden(): the next call reads on behind it.
struct DecoderCache {
  at::Tensor mask;                       // [batch, seen] int64 of the decoder's tokens
  std::vector<at::Tensor> keys, values;  // a layer: [batch, keyValueHeads, seen, headDim]; keys are rotated
  at::Tensor encoderMask;                // encoder-decoders: [batch, time]
  std::vector<at::Tensor> crossKeys, crossValues;

  bool empty() const { return !mask.defined(); }
  std::int64_t seen() const { return empty() ? 0 : mask.size(1); }
};

// What `cache` holds of the first `seen` tokens of one row, for `count` rows that go on from there.
DecoderCache repeated(const DecoderCache& cache, std::int64_t row, std::int64_t seen, std::int64_t count);

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

  // Hidden states after the final norm, as the output head takes them: [batch, virtual + time, hidden], or
  // [batch, m, hidden] with `select`. With a cache the tokens continue those read before; positions of
  // `select` count from the first new one. An encoder-decoder gives its decoder's states.
  virtual at::Tensor hidden(const ModelInput& input, const Attachment& attachment,
                            DecoderCache* cache = nullptr) const = 0;
  // Name of the matrix [vocabulary, hidden] that makes logits; the embedding's when tied. Encoders have none.
  virtual std::string headName() const = 0;
  virtual std::string embeddingName() const = 0;
  // What a classification head reads [batch, hidden]: the last real token of a decoder, the pooled first
  // token of an encoder.
  virtual at::Tensor pooled(const ModelInput& input, const Attachment& attachment) const = 0;
  // Name of the stored classification head's weight [classes, hidden]; its bias has ".bias" instead. The
  // layer's path in PEFT's files as well: "score.weight", "classifier.weight".
  virtual std::string classHeadName() const = 0;

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

  // Places of the context that what is attached takes: virtual rows, or keys and values of a prefix.
  std::int64_t virtualTokens() const;
  // Rows that it puts in front of the input: the states of hidden() begin with as many.
  std::int64_t rowsInFront() const;
  at::Tensor hidden(const ModelInput& input, DecoderCache* cache = nullptr) const {
    return base().hidden(input, attachment(), cache);
  }
  // A classification head in place of label words: the base's own, or one that a method trains.
  bool hasClassHead() const { return classHead().weight.defined(); }
  std::int64_t classCount() const { return hasClassHead() ? classHead().weight.size(0) : 0; }
  // What it reads [batch, hidden].
  virtual at::Tensor pooled(const ModelInput& input) const { return base().pooled(input, attachment()); }
  // Logits [batch, classes] of that head.
  at::Tensor classLogits(const ModelInput& input) const;
  // Logits [.., vocabulary] of hidden states [.., hidden].
  at::Tensor logits(const at::Tensor& hidden) const;
  // Logits [.., n] for these vocabulary rows only (`ids` [n] int64): the same numbers, far fewer products.
  at::Tensor logitsOf(const at::Tensor& hidden, const at::Tensor& ids) const;

 protected:
  struct ClassHead {
    at::Tensor weight;  // [classes, hidden]; undefined: there is none
    at::Tensor bias;    // [classes], or undefined
  };
  virtual ClassHead classHead() const;
};

}  // namespace attune
