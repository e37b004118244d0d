#include "core/method/tuned_model.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/GradMode.h>

#include "core/base/error.h"
#include "core/base/text.h"

namespace attune {
namespace tuned_model {

// Beside "classifier.weight": "classifier.bias".
std::string biasName(const std::string& weight) { return weight.substr(0, weight.rfind('.')) + ".bias"; }

std::string shapeText(const at::Tensor& tensor) {
  std::vector<std::string> sizes;
  for (const std::int64_t size : tensor.sizes()) sizes.push_back(std::to_string(size));
  return "[" + joinText(sizes, ", ") + "]";
}

}  // namespace tuned_model

std::int64_t TunedModel::parameterCount() const {
  std::int64_t count = 0;
  for (const Parameter& p : parameters_) count += p.tensor.numel();
  return count;
}

TensorMap TunedModel::delta() const {
  TensorMap delta;
  for (const Parameter& p : parameters_) delta.emplace(p.name, p.tensor.detach().clone());
  return delta;
}

void TunedModel::loadDelta(const TensorMap& delta) {
  for (const Parameter& p : parameters_) {
    const auto found = delta.find(p.name);
    if (found == delta.end())
      throw Error(ErrorKind::kInvalidInput, "tensor '" + p.name + "' is missing from the adapter",
                  "The adapter is incomplete, or was made with other settings.");
    if (found->second.sizes() != p.tensor.sizes())
      throw Error(ErrorKind::kInvalidInput,
                  "tensor '" + p.name + "' has shape " + tuned_model::shapeText(found->second) +
                      ", but this base needs " + tuned_model::shapeText(p.tensor),
                  "The adapter belongs to another base model.");
  }
  if (delta.size() != parameters_.size())
    for (const auto& [name, tensor] : delta) {
      bool known = false;
      for (const Parameter& p : parameters_) known = known || p.name == name;
      if (!known)
        throw Error(ErrorKind::kInvalidInput, "the adapter has an unexpected tensor '" + name + "'",
                    "The adapter belongs to another base model or method.");
    }
  const c10::NoGradGuard noGrad;
  for (const Parameter& p : parameters_) {
    at::Tensor target = p.tensor;
    target.copy_(delta.at(p.name));
  }
}

void TunedModel::addClassHead(const std::string& prefix, std::int64_t classes, Seed seed) {
  if (base_->config().layout != Layout::kEncoder) return;
  if (classes < 2) throw Error(ErrorKind::kUsage, "a classification head needs at least two labels");
  const c10::NoGradGuard noGrad;
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(seed.sub("class head").value);
  const at::Tensor start = at::empty({classes, base_->config().hidden}).normal_(0, 0.02, generator);
  const std::string weight = base_->classHeadName();
  trainedHead_.weight = addParameter(prefix + weight, start);
  trainedHead_.bias =
      addParameter(prefix + tuned_model::biasName(weight), at::zeros({classes}), /*decays=*/false);
}

void TunedModel::mergeClassHead(TensorMap& weights) const {
  if (!trainedHead_.weight.defined()) return;
  const std::string weight = base_->classHeadName();
  weights[weight] = trainedHead_.weight.detach();
  weights[tuned_model::biasName(weight)] = trainedHead_.bias.detach();
}

LanguageModel::ClassHead TunedModel::classHead() const {
  return enabled_ && trainedHead_.weight.defined() ? trainedHead_ : LanguageModel::classHead();
}

at::Tensor TunedModel::addParameter(std::string name, at::Tensor start, bool decays) {
  at::Tensor tensor = start.to(at::kFloat).detach().clone().set_requires_grad(true);
  parameters_.push_back({std::move(name), tensor, decays});
  return tensor;
}

}  // namespace attune
