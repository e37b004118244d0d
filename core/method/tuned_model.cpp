#include "core/method/tuned_model.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/GradMode.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/model/parts.h"

namespace attune {
namespace tuned_model {

constexpr double kHeadRate = 0.01;

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

void TunedModel::requireSame(const TensorMap& delta, const TensorMap& wanted) {
  for (const auto& [name, tensor] : wanted) {
    const auto found = delta.find(name);
    if (found == delta.end())
      throw Error(ErrorKind::kInvalidInput, "tensor '" + name + "' is missing from the adapter",
                  "The adapter is incomplete, or was made with other settings.");
    if (found->second.sizes() != tensor.sizes())
      throw Error(ErrorKind::kInvalidInput,
                  "tensor '" + name + "' has shape " + tuned_model::shapeText(found->second) +
                      ", but this base needs " + tuned_model::shapeText(tensor),
                  "The adapter belongs to another base model.");
  }
  for (const auto& [name, tensor] : delta)
    if (!wanted.contains(name))
      throw Error(ErrorKind::kInvalidInput, "the adapter has an unexpected tensor '" + name + "'",
                  "The adapter belongs to another base model or method.");
}

void TunedModel::loadDelta(const TensorMap& delta) {
  requireSame(delta, this->delta());
  const c10::NoGradGuard noGrad;
  for (const Parameter& p : parameters_) {
    at::Tensor target = p.tensor;
    target.copy_(delta.at(p.name));
  }
}

std::vector<at::Tensor> TunedModel::moving() const {
  std::vector<at::Tensor> moving;
  for (const Parameter& p : parameters_) moving.push_back(p.tensor.detach());
  moving.insert(moving.end(), buffers_.begin(), buffers_.end());
  return moving;
}

std::vector<at::Tensor> TunedModel::state() const {
  std::vector<at::Tensor> state = moving();
  for (at::Tensor& tensor : state) tensor = tensor.clone();
  return state;
}

void TunedModel::restore(const std::vector<at::Tensor>& state) {
  const c10::NoGradGuard noGrad;
  const std::vector<at::Tensor> targets = moving();
  for (std::size_t i = 0; i < targets.size(); ++i) targets[i].copy_(state[i]);
}

std::vector<at::Tensor> TunedModel::randomStates() const {
  std::vector<at::Tensor> states;
  for (const at::Generator& generator : generators_) states.push_back(generator.get_state());
  return states;
}

void TunedModel::restoreRandomStates(const std::vector<at::Tensor>& states) {
  for (std::size_t i = 0; i < generators_.size(); ++i) generators_[i].set_state(states[i]);
}

std::vector<at::Tensor> TunedModel::randomState() const {
  if (generators_.empty()) return {};
  return {generators_[partState().part].get_state()};
}

void TunedModel::restoreRandom(const std::vector<at::Tensor>& state) const {
  if (generators_.empty()) return;
  at::Generator generator = generators_[partState().part];  // the same one
  generator.set_state(state[0]);
}

void TunedModel::addClassHead(const std::string& prefix, std::int64_t classes, Seed seed, bool always) {
  const bool encodes = base_->config().layout == Layout::kEncoder;
  if (!always && !encodes && !base_->config().isClassifier()) return;
  if (classes < 2) throw Error(ErrorKind::kUsage, "a classification head needs at least two labels");
  const c10::NoGradGuard noGrad;
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(seed.sub("class head").value);
  const at::Tensor start = at::empty({classes, base_->config().hidden}).normal_(0, 0.02, generator);
  const std::string weight = base_->classHeadName();
  trainedHead_.weight = addParameter(prefix + weight, start);
  // A decoder's head, "score", has none.
  const std::size_t first = parameters_.size() - 1;
  if (base_->config().layout != Layout::kDecoder)
    trainedHead_.bias =
        addParameter(prefix + tuned_model::biasName(weight), at::zeros({classes}), /*decays=*/false);
  // A head that is all there is has the rate to itself.
  if (!always)
    for (std::size_t i = first; i < parameters_.size(); ++i) parameters_[i].ownRate = tuned_model::kHeadRate;
}

void TunedModel::mergeClassHead(TensorMap& weights) const {
  if (!trainedHead_.weight.defined()) return;
  const std::string weight = base_->classHeadName();
  weights[weight] = trainedHead_.weight.detach();
  if (trainedHead_.bias.defined()) weights[tuned_model::biasName(weight)] = trainedHead_.bias.detach();
}

LanguageModel::ClassHead TunedModel::classHead() const {
  return enabled_ && trainedHead_.weight.defined() ? trainedHead_ : LanguageModel::classHead();
}

void TunedModel::addDropout(double share, Seed seed) {
  dropout_ = share;
  for (std::size_t part = 0; part < kParts; ++part)
    generators_.push_back(
        at::make_generator<at::CPUGeneratorImpl>(seed.sub("part " + std::to_string(part)).value));
}

at::Tensor TunedModel::dropped(const at::Tensor& x) const {
  if (!drops()) return x;
  at::Generator generator = generators_[partState().part];
  return x * at::empty_like(x).bernoulli_(1 - dropout_, generator) / (1 - dropout_);
}

at::Tensor TunedModel::addBuffer(at::Tensor start) {
  buffers_.push_back(start.detach().clone());
  return buffers_.back();
}

at::Tensor TunedModel::addParameter(std::string name, at::Tensor start, bool decays) {
  at::Tensor tensor = start.to(at::kFloat).detach().clone().set_requires_grad(true);
  // Sums that a row gets from several places are made before those of the parts of a batch are added, so that
  // it does not matter which part comes first.
  if (tensor.dim() == 2)
    tensor.register_hook([](const at::Tensor& g) { return g.is_sparse() ? g.coalesce() : g; });
  parameters_.push_back({std::move(name), tensor, decays, 0});
  return tensor;
}

}  // namespace attune
