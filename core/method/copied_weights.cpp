#include "core/method/copied_weights.h"

#include <utility>

namespace attune {

TensorMap CopiedWeightsModel::merged() const {
  TensorMap weights = base().weights();
  for (const auto& [name, tensor] : copies_) weights[name] = tensor.detach();
  mergeClassHead(weights);
  return weights;
}

void CopiedWeightsModel::copyWeight(const std::string& name, std::string key, bool decays) {
  copies_[name] = addParameter(std::move(key), base().weights().at(name), decays);
}

at::Tensor CopiedWeightsModel::weight(const std::string& name, const at::Tensor& stored) const {
  const auto found = copies_.find(name);
  return found == copies_.end() ? stored : found->second;
}

}  // namespace attune
