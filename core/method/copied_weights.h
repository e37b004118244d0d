#pragma once

#include <map>
#include <string>

#include "core/method/tuned_model.h"

namespace attune {

// A base some of whose own tensors are replaced by trained copies: full fine-tuning, last layers, biases,
// norms.
class CopiedWeightsModel : public TunedModel {
 public:
  using TunedModel::TunedModel;

  // The copies, and a trained head, in place of what they were made from.
  TensorMap merged() const override;

 protected:
  // Trains a copy of the base's tensor `name`, which is stored as `key`.
  void copyWeight(const std::string& name, std::string key, bool decays);
  bool copiesNothing() const { return copies_.empty(); }

 private:
  at::Tensor weight(const std::string& name, const at::Tensor& stored) const override;

  std::map<std::string, at::Tensor> copies_;  // by the base's name
};

}  // namespace attune
