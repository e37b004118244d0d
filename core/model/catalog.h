#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"

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

// What can be said about a model folder without reading its weights.
struct ModelInfo {
  std::string name;  // the folder's name
  std::string path;
  std::string family;
  std::string architecture;
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
ModelInfo describeModel(const std::string& folder, bool withHash = false);

// Loads a model folder; weights are converted to fp32. Throws Error(kNotFound, kInvalidInput, kUnsupported)
// that names file, tensor, found and expected. Findings that do not stop it (a weight that is not a number)
// are appended to `warnings`.
std::shared_ptr<const BaseModel> openModel(const std::string& folder, std::vector<Diagnostic>& warnings);

}  // namespace attune
