#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/safetensors.h"

namespace attune {

// A tensor that a model needs. Names are those of the Hugging Face checkpoint; `aliases` are other spellings
// under which published files store it ("bert." left out, "gamma" for a norm's weight).
struct ExpectedTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<std::string> aliases = {};
};

// Where the tensors of a model lie and how they become fp32. Only headers are read before load().
class WeightSource {
 public:
  // What the file says of one tensor.
  struct Stored {
    std::vector<std::int64_t> shape;
    std::string type;        // "F16", "Q4_K"
    std::size_t file = 0;    // index into files()
    bool isFloating = true;  // false: stored as integers, no weights
  };

  virtual ~WeightSource() = default;

  virtual const std::vector<std::string>& files() const = 0;
  virtual std::string dtype() const = 0;  // of most of the weights: "F16"
  // nullptr: there is none of this name.
  virtual const Stored* find(const std::string& name) const = 0;

  bool has(const std::string& name) const { return find(name) != nullptr; }
  // The first name of the tensor's own and its aliases that is stored; empty: none is.
  std::string storedName(const ExpectedTensor& tensor) const;
  // Throws Error(kInvalidInput) for the first tensor that is missing, is no floating-point number or has
  // another shape.
  void check(const std::vector<ExpectedTensor>& expected) const;
  // check(), then the tensors as fp32 in the layout of the Hugging Face checkpoint, under their expected
  // names. A tensor with values that are not finite is reported in `warnings`. Memory of tensors that are
  // stored as fp32 belongs to the mapped file: read only, shared with every process that maps it.
  TensorMap load(const std::vector<ExpectedTensor>& expected, std::vector<Diagnostic>& warnings) const;
  // The same through a file of fp32 values in `cacheFolder`: written when it is not there, then mapped, so
  // that workers share one copy in memory and none converts twice. As load() for small models, for those
  // stored as fp32, and where the cache cannot be written.
  TensorMap loadShared(const std::vector<ExpectedTensor>& expected, const std::string& cacheFolder,
                       std::vector<Diagnostic>& warnings) const;

 protected:
  // One stored tensor as fp32, in Hugging Face layout.
  virtual at::Tensor read(const std::string& storedName) const = 0;
};

// model.safetensors, or the shards that model.safetensors.index.json names. Throws Error(kNotFound,
// kInvalidInput, kUnsupported): no weights, only pickles, a shard that is missing or lies outside the folder,
// a damaged header.
std::unique_ptr<WeightSource> openSafetensors(const std::string& folder);
// One file of any name.
std::unique_ptr<WeightSource> openSafetensorsFile(const std::string& file);

}  // namespace attune
