#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/seed.h"
#include "core/model/base_model.h"

namespace attune {

// A base with something attached, and the tensors that may be trained. Owned by one run, used by one thread.
// Without trainable tensors it is the base itself.
class TunedModel : public LanguageModel, private Attachment {
 public:
  explicit TunedModel(std::shared_ptr<const BaseModel> base) : base_(std::move(base)) {}

  const BaseModel& base() const override { return *base_; }
  // Switched off, the answers are exactly the base's.
  const Attachment& attachment() const override { return enabled_ ? *this : plain_; }
  void setEnabled(bool enabled) { enabled_ = enabled; }
  // Training uses dropout where the method has it; off after construction.
  void setTraining(bool training) { training_ = training; }

  struct Parameter {
    std::string name;    // key in the stored file: PEFT's, or the checkpoint's for full fine-tuning
    at::Tensor tensor;   // fp32 leaf that asks for a gradient
    bool decays = true;  // weight decay applies (not to norms, biases and scaling vectors)
  };
  const std::vector<Parameter>& parameters() const { return parameters_; }
  std::int64_t parameterCount() const;

  // What is stored: copies of the trained tensors by name.
  TensorMap delta() const;
  // Takes over the values. Throws Error(kInvalidInput) naming a tensor that is missing, unexpected or of
  // another shape; then nothing has changed.
  void loadDelta(const TensorMap& delta);

  // adapter_config.json without the common fields; null when the method stores a whole model or nothing.
  virtual Json adapterConfig() const { return {}; }
  // The base's weights with the delta worked in, for methods that can: equal answers without the method.
  // A trained head is among them.
  // Empty otherwise.
  virtual TensorMap merged() const { return {}; }

 protected:
  at::Tensor addParameter(std::string name, at::Tensor start, bool decays = true);
  // On an encoder: a fresh head of as many classes, trained with whatever else is. Its keys are `prefix` and
  // the head's name ("classifier.weight"). Does nothing on models that answer in words.
  void addClassHead(const std::string& prefix, std::int64_t classes, Seed seed);
  // Puts the trained head, where there is one, among weights under the checkpoint's names.
  void mergeClassHead(TensorMap& weights) const;
  bool isTraining() const { return training_; }
  ClassHead classHead() const override;

 private:
  std::shared_ptr<const BaseModel> base_;
  std::vector<Parameter> parameters_;
  Attachment plain_;
  ClassHead trainedHead_;
  bool enabled_ = true;
  bool training_ = false;
};

}  // namespace attune
