#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace attune {

// Scaling of the rotary frequencies (config.json's rope_scaling or rope_parameters).
struct RopeScaling {
  std::string type = "default";  // "default", "linear", "dynamic", "llama3", "yarn", "divisors"
  double factor = 1;
  double lowFrequencyFactor = 1;
  double highFrequencyFactor = 4;
  double betaFast = 32;
  double betaSlow = 1;
  double attentionFactor = 1;  // on cos and sin
  bool truncate = true;
  std::int64_t originalContext = 0;
  std::vector<double> divisors;  // one a frequency: a GGUF file's rope_freqs
};

enum class Layout {
  kDecoder,         // reads a prompt and continues it
  kEncoder,         // reads a text; answers through a classification head
  kEncoderDecoder,  // reads a text, writes the answer
};

enum class Activation { kSilu, kGelu, kGeluTanh, kRelu };

// Sizes and switches of a model, from a Hugging Face config.json. Fields that a family does not have keep
// their defaults.
struct ModelConfig {
  std::string family;        // model_type
  std::string architecture;  // architectures[0]
  Layout layout = Layout::kDecoder;
  std::int64_t vocabulary = 0;
  std::int64_t hidden = 0;
  std::int64_t feedForward = 0;
  std::int64_t layers = 0;         // of the encoder where there are two stacks
  std::int64_t decoderLayers = 0;  // of an encoder-decoder's second stack
  std::int64_t heads = 0;
  std::int64_t keyValueHeads = 0;
  std::int64_t headDim = 0;
  std::int64_t context = 0;  // tokens
  double normEpsilon = 1e-6;
  Activation activation = Activation::kSilu;
  bool gated = false;  // the feed-forward part has a gate of its own (T5 1.1)
  bool tied = false;

  double ropeTheta = 10000;
  RopeScaling rope;
  bool attentionBias = false;  // on q, k, v
  bool outputBias = false;     // on o
  bool mlpBias = false;
  bool queryKeyNorm = false;         // RMS norm on q and k, head by head, before the rotation
  std::int64_t slidingWindow = 0;    // keys that a query sees, itself included; 0: all before it
  std::vector<bool> windowedLayers;  // which layers slide; empty: all do where slidingWindow is set

  bool pooler = false;                // BERT: a layer on the first token, before the classification head
  std::int64_t tokenTypes = 0;        // BERT: rows of the table of sentence kinds
  std::int64_t relativeBuckets = 0;   // T5
  std::int64_t relativeDistance = 0;  // T5
  bool scaleOutput = false;           // T5 1.0: hidden states times hidden^-1/2 before the head

  std::int64_t bosId = -1;
  std::int64_t eosId = -1;
  std::int64_t padId = -1;
  std::int64_t decoderStartId = -1;

  bool isClassifier() const;  // …ForSequenceClassification
  bool slides(std::int64_t layer) const;
};

// Reads config.json of a folder, or the metadata of a GGUF file, and checks it: positive sizes within bounds,
// heads that divide, a known family, architecture and rope type. Throws Error(kNotFound, kInvalidInput,
// kUnsupported).
ModelConfig readModelConfig(const std::string& path);
// The same from the content; `file` is named in errors.
ModelConfig parseModelConfig(const Json& json, const std::string& file);
// The config.json of a folder, or the one that a GGUF file's metadata amount to. Throws as above.
Json modelConfigJson(const std::string& path);

// A linear layer of the body (of the blocks, and BERT's pooler): its module path and weight [out, in].
struct LinearShape {
  std::string path;
  std::int64_t out = 0;
  std::int64_t in = 0;
  bool bias = false;
  bool transposed = false;  // stored as [in, out] (GPT-2's Conv1D)
};
// The sub-layers of the blocks, in order: "layers.0.attn", "layers.0.ffn", …; with two stacks
// "encoder.layers.0.attn", "decoder.layers.0.cross", …
std::vector<std::string> sublayers(const ModelConfig& config);
// In order of the forward pass.
std::vector<LinearShape> linearShapes(const ModelConfig& config);
// Of a model with these sizes, a language model's head of its own counted unless tied.
std::int64_t parameterCount(const ModelConfig& config);

}  // namespace attune
