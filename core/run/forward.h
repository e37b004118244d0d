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

// What a model says of given ids, as a safetensors file: `logits` [batch, virtual + time, vocabulary]
// (language models; of the decoder's ids for an encoder-decoder) or [batch, classes] (classifiers); for
// encoders `last_hidden_state` [batch, virtual + time, hidden] and `pooled` [batch, hidden]. Padded positions
// are written as 0. Throws Error.
void forwardToFile(const ForwardRequest& request);

}  // namespace attune
