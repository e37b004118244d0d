#pragma once

#include <string>

// Free of torch.
namespace attune {

struct ForwardRequest {
  std::string base;     // model folder
  std::string adapter;  // adapter folder, or empty
  std::string idsFile;  // JSON with input_ids and, where given, attention_mask
  std::string outFile;  // safetensors
};

// Logits for given ids, written as `logits` [batch, virtual + time, vocabulary] (language models) or
// [batch, classes] (classifiers). Padded positions are written as 0. Throws Error.
void forwardToFile(const ForwardRequest& request);

}  // namespace attune
