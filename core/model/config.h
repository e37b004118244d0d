#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace attune {

// Scaling of the rotary frequencies (config.json's rope_scaling or rope_parameters).
struct RopeScaling {
  std::string type = "default";  // "default", "linear", "llama3"
  double factor = 1;
  double lowFrequencyFactor = 1;
  double highFrequencyFactor = 4;
  std::int64_t originalContext = 0;
};

// The sizes and switches of a decoder of the LLaMA layout, from a Hugging Face config.json.
struct ModelConfig {
  std::string family;        // model_type
  std::string architecture;  // architectures[0]
  std::int64_t vocabulary = 0;
  std::int64_t hidden = 0;
  std::int64_t feedForward = 0;
  std::int64_t layers = 0;
  std::int64_t heads = 0;
  std::int64_t keyValueHeads = 0;
  std::int64_t headDim = 0;
  std::int64_t context = 0;
  double normEpsilon = 1e-6;
  double ropeTheta = 10000;
  RopeScaling rope;
  bool tied = false;
  bool attentionBias = false;
  bool mlpBias = false;
  std::int64_t bosId = -1;
  std::int64_t eosId = -1;
  std::int64_t padId = -1;

  bool isClassifier() const;  // …ForSequenceClassification
};

// Reads FOLDER/config.json and checks it: positive sizes within bounds, heads that divide, a known family,
// architecture and rope type. Throws Error(kNotFound, kInvalidInput, kUnsupported).
ModelConfig readModelConfig(const std::string& folder);

// A linear layer of the blocks: its module path and weight [out, in].
struct LinearShape {
  std::string path;
  std::int64_t out = 0;
  std::int64_t in = 0;
};
// In order of the forward pass.
std::vector<LinearShape> linearShapes(const ModelConfig& config);
// Of a language model with these sizes, a head of its own counted unless tied.
std::int64_t parameterCount(const ModelConfig& config);

}  // namespace attune
