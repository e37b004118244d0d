#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/seed.h"
#include "core/method/catalog.h"
#include "core/method/tuned_model.h"

namespace attune {

// What a method gets to work with.
struct AttachRequest {
  std::shared_ptr<const BaseModel> base;
  ParamSet params;
  Seed seed;
  std::vector<std::vector<std::int64_t>> labelTokens =
      {};                    // of the label words, for methods that start from them
  std::int64_t classes = 0;  // labels of the data: an encoder gets a classification head of as many
  std::vector<std::int64_t> initTokens = {};  // of the text that virtual tokens begin as, where there is one
};

// What an adapter folder says.
struct StoredAdapter {
  std::shared_ptr<const BaseModel> base;
  Json config;  // adapter_config.json
  TensorMap tensors;
  std::int64_t classes = 0;  // of the trained head among the tensors; 0: there is none

  // For making the model whose values the tensors then replace.
  AttachRequest request() const { return {base, ParamSet(), Seed{}, {}, classes}; }
  // Throws Error(kInvalidInput) where the configuration asks for over four times the numbers that the tensors
  // hold: before memory is taken on its word. What differs by less, loadDelta names.
  void requireHeld(std::int64_t numbers) const;
};

// One way of tuning a base model. Stateless and safe to share between threads: all that changes during a run
// lives in the TunedModel it makes.
class Method {
 public:
  virtual ~Method() = default;

  // Wraps the base and decides what may be trained; never writes to its weights. Trains nothing, so it
  // returns within milliseconds unless the method must copy the whole model. Throws Error(kUnsupported) if
  // the base lacks an attach point that the method needs, Error(kUsage) for parameters that fit no base.
  virtual std::unique_ptr<TunedModel> attach(const AttachRequest& request) const = 0;

  // The model that a folder of this method describes, ready to take over its tensors (loadDelta). Throws
  // Error(kInvalidInput, kUnsupported), without a file's name, for a configuration that cannot be used.
  virtual std::unique_ptr<TunedModel> reopen(const StoredAdapter& stored) const;
};

}  // namespace attune
