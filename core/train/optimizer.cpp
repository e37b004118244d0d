#include "core/train/optimizer.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cmath>

namespace attune {

AdamW::AdamW(const std::vector<TunedModel::Parameter>& parameters, const Options& options)
    : options_(options) {
  for (const auto& p : parameters) {
    const bool limited = p.rateLimit > 0 && options.peakRate > p.rateLimit;
    slots_.push_back({p.tensor, at::zeros_like(p.tensor), at::zeros_like(p.tensor), p.decays,
                      limited ? p.rateLimit / options.peakRate : 1});
  }
}

void AdamW::step(double learningRate) {
  const c10::NoGradGuard noGrad;
  ++steps_;
  const double correction1 = 1 - std::pow(options_.beta1, static_cast<double>(steps_));
  const double correction2 = 1 - std::pow(options_.beta2, static_cast<double>(steps_));
  for (Slot& slot : slots_) {
    const at::Tensor gradient = slot.parameter.grad();
    if (!gradient.defined()) continue;
    const double rate = learningRate * slot.share;
    if (slot.decays && options_.weightDecay > 0) slot.parameter.mul_(1 - rate * options_.weightDecay);
    slot.mean.mul_(options_.beta1).add_(gradient, 1 - options_.beta1);
    slot.square.mul_(options_.beta2).addcmul_(gradient, gradient, 1 - options_.beta2);
    const at::Tensor denominator = (slot.square.sqrt() / std::sqrt(correction2)).add_(options_.epsilon);
    slot.parameter.addcdiv_(slot.mean, denominator, -rate / correction1);
  }
}

void AdamW::clearGradients() {
  for (Slot& slot : slots_) slot.parameter.mutable_grad() = at::Tensor();
}

double clipGradients(const std::vector<TunedModel::Parameter>& parameters, double maxNorm) {
  const c10::NoGradGuard noGrad;
  std::vector<at::Tensor> norms;
  for (const auto& p : parameters)
    if (p.tensor.grad().defined()) norms.push_back(p.tensor.grad().norm());
  if (norms.empty()) return 0;
  const double norm = at::stack(norms).norm().item<double>();
  if (maxNorm > 0 && norm > maxNorm)
    for (const auto& p : parameters)
      if (p.tensor.grad().defined()) p.tensor.grad().mul_(maxNorm / (norm + 1e-6));
  return norm;
}

}  // namespace attune
