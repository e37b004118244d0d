#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/safetensors.h"

namespace attune {

struct ExpectedTensor {
  std::string name;
  std::vector<std::int64_t> shape;
};

// Where the tensors of a model folder lie: model.safetensors, or the shards that
// model.safetensors.index.json names. Only headers are read.
class WeightIndex {
 public:
  // Throws Error(kNotFound, kInvalidInput, kUnsupported): no weights, only pickles, a shard that is missing
  // or lies outside the folder, a damaged header.
  explicit WeightIndex(const std::string& folder);

  bool has(const std::string& name) const { return places_.contains(name); }
  const TensorEntry& entry(const std::string& name) const;
  std::string dtype() const;  // of the largest tensor: "F16"
  const std::vector<std::string>& files() const { return files_; }

  // Throws Error(kInvalidInput) for the first tensor that is missing, is no floating-point number or has
  // another shape.
  void check(const std::vector<ExpectedTensor>& expected) const;
  // check(), then the tensors as fp32. A tensor with values that are not finite is reported in `warnings`.
  TensorMap load(const std::vector<ExpectedTensor>& expected, std::vector<Diagnostic>& warnings) const;

 private:
  struct Place {
    std::size_t file = 0;
    std::size_t entry = 0;
  };
  void add(const std::string& file);

  std::string folder_;
  std::vector<std::string> files_;
  std::vector<SafetensorsHeader> headers_;
  std::map<std::string, Place> places_;
};

}  // namespace attune
