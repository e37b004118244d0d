#pragma once

#include <string>
#include <vector>

// Free of torch.
namespace attune {

struct ConvertRequest {
  std::string from;     // model folder or GGUF file
  std::string adapter;  // folder of an adapter to merge, or empty
  std::string folder;   // to be made; may exist when it is empty
};

// Writes the model as a folder of Hugging Face layout: config.json, model.safetensors in fp32, the
// tokenizer's files. Whole or not at all. Returns the names of the files. Throws Error as openBase and
// openAdapter do, Error(kUsage) when the folder is not empty, Error(kUnsupported) for an adapter that cannot
// be merged.
std::vector<std::string> convertModel(const ConvertRequest& request);

}  // namespace attune
