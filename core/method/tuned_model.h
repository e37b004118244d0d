#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/seed.h"
#include "core/model/base_model.h"

namespace attune {

// A base with something attached, and the tensors that may be trained. Owned by one run. The parts of a
// batch, or several batches, may go through it at once (core/model/parts.h); all else is done by one thread.
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

  // From here to endFit() these texts are read again and again: what the parts below all that is trained make
  // of them may be kept.
  virtual void beginFit(const std::vector<std::vector<std::int64_t>>& texts) { static_cast<void>(texts); }
  virtual void endFit() {}

  struct Parameter {
    std::string name;    // as PEFT calls it, or the checkpoint for full fine-tuning
    at::Tensor tensor;   // fp32 leaf that asks for a gradient
    bool decays = true;  // weight decay applies (not to norms, biases and scaling vectors)
    // The peak of its learning rate, whatever the others' is; 0: theirs.
    double ownRate = 0;
  };
  const std::vector<Parameter>& parameters() const { return parameters_; }
  std::int64_t parameterCount() const;

  // What is stored: copies of the trained tensors by name, or what stands for them.
  virtual TensorMap delta() const;
  // Takes over the values. Throws Error(kInvalidInput) naming a tensor that is missing, unexpected or of
  // another shape; then nothing has changed.
  virtual void loadDelta(const TensorMap& delta);

  // All that training moves, and copies of it with the way back to them.
  std::vector<at::Tensor> moving() const;
  std::vector<at::Tensor> state() const;
  void restore(const std::vector<at::Tensor>& state);
  // Where the model's own random numbers (dropout) are: those of every part of a batch.
  std::vector<at::Tensor> randomStates() const;
  void restoreRandomStates(const std::vector<at::Tensor>& states);

  // Added to the loss of every step; undefined: nothing is.
  virtual at::Tensor penalty() const { return {}; }
  // After step `step` (counted from 1) of `total`, while the parameters still hold its gradients, of which
  // `share` counted.
  virtual void afterStep(std::int64_t step, std::int64_t total, double share) {
    static_cast<void>(step);
    static_cast<void>(total);
    static_cast<void>(share);
  }

  // adapter_config.json without the common fields; null when the method stores a whole model or nothing.
  virtual Json adapterConfig() const { return {}; }
  // The adapter_config.json that it was opened from, or null: what is unknown there is kept when it is saved.
  void setOrigin(Json config) { origin_ = std::move(config); }
  const Json& origin() const { return origin_; }
  // The base's weights with the delta worked in, for methods that can: equal answers without the method.
  // A trained head is among them.
  // Empty otherwise.
  virtual TensorMap merged() const { return {}; }

 protected:
  at::Tensor addParameter(std::string name, at::Tensor start, bool decays = true);
  // Of the inputs that dropped() is given this share (0–1) becomes 0 while training, and the rest grows.
  void addDropout(double share, Seed seed);
  bool drops() const { return training_ && dropout_ > 0; }
  at::Tensor dropped(const at::Tensor& x) const;
  // What belongs to the state without being trained.
  at::Tensor addBuffer(at::Tensor start);
  // On an encoder or a sequence classifier: a fresh head of as many classes, trained with whatever else is,
  // but always at a rate of 0.01: it has the same way to go with every method, and their rates would throw it
  // about or leave it where it started. Its keys are
  // `prefix` and the head's name ("classifier.weight"). Does nothing on models that answer in words, unless
  // `always`.
  void addClassHead(const std::string& prefix, std::int64_t classes, Seed seed, bool always = false);
  bool trainsClassHead() const { return trainedHead_.weight.defined(); }
  // Throws as loadDelta does where the tensors differ from `wanted` in name or shape.
  static void requireSame(const TensorMap& delta, const TensorMap& wanted);
  // Puts the trained head, where there is one, among weights under the checkpoint's names.
  void mergeClassHead(TensorMap& weights) const;
  ClassHead classHead() const override;

 private:
  std::vector<at::Tensor> randomState() const override;
  void restoreRandom(const std::vector<at::Tensor>& state) const override;

  std::shared_ptr<const BaseModel> base_;
  std::vector<Parameter> parameters_;
  std::vector<at::Tensor> buffers_;
  double dropout_ = 0;
  std::vector<at::Generator> generators_;  // one for each part of a batch, or none
  Json origin_;
  Attachment plain_;
  ClassHead trainedHead_;
  bool enabled_ = true;
  bool training_ = false;
};

}  // namespace attune
