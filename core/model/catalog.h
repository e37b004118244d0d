#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/config.h"

// Free of torch: the window and the command line read this.
namespace attune {

class BaseModel;

// A family of models that can be loaded.
struct FamilyInfo {
  std::string name;  // config.json's model_type
  std::string title;
  std::string summary;
  std::string source;
  std::vector<std::string> architectures;  // config.json's architectures
};

const std::vector<FamilyInfo>& modelFamilies();

// What can be said about a model folder or GGUF file without reading its weights.
struct ModelInfo {
  std::string name;  // of the folder or file
  std::string path;
  std::string family;
  std::string architecture;
  Layout layout = Layout::kDecoder;
  std::string tokenizer;
  std::string dtype;  // of the stored weights: "float16"
  std::int64_t parameters = 0;
  std::int64_t contextLength = 0;
  std::int64_t hiddenSize = 0;
  std::int64_t layers = 0;
  std::int64_t vocabulary = 0;
  std::string hash;  // SHA-256 over config, tokenizer and weights files; empty unless asked for
};

// Reads config, tokenizer and the headers of the weights. Throws Error as openModel does.
ModelInfo describeModel(const std::string& path, bool withHash = false);

// Loads a model folder or GGUF file; weights are fp32. Throws Error(kNotFound, kInvalidInput, kUnsupported)
// that names file, tensor, found and expected. Findings that do not stop it (a weight that is not a number)
// are appended to `warnings`.
std::shared_ptr<const BaseModel> openModel(const std::string& path, std::vector<Diagnostic>& warnings);

}  // namespace attune
