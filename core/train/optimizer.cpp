#include "core/train/optimizer.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.h"

namespace attune {
namespace optimizer {

class AdamW final : public Optimizer {
 public:
  using Optimizer::Optimizer;

 private:
  std::vector<at::Tensor> start(const at::Tensor& parameter) const override {
    return {at::zeros_like(parameter), at::zeros_like(parameter)};
  }

  // Piece by piece, so that what one operation leaves is still in the processor's cache for the next.
  void move(const at::Tensor& parameter, const at::Tensor& gradient, std::vector<at::Tensor>& memory,
            double rate) const override {
    constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;
    constexpr std::int64_t kPiece = 1 << 15;
    const auto step = static_cast<double>(steps());
    const double correction1 = 1 - std::pow(kBeta1, step), correction2 = 1 - std::pow(kBeta2, step);
    const at::Tensor all = parameter.view(-1), gradients = gradient.reshape(-1), means = memory[0].view(-1),
                     squares = memory[1].view(-1);
    for (std::int64_t first = 0; first < all.numel(); first += kPiece) {
      const auto piece = [&](const at::Tensor& t) {
        return t.narrow(0, first, std::min(kPiece, all.numel() - first));
      };
      const at::Tensor g = piece(gradients), mean = piece(means), square = piece(squares);
      mean.mul_(kBeta1).add_(g, 1 - kBeta1);
      square.mul_(kBeta2).addcmul_(g, g, 1 - kBeta2);
      piece(all).addcdiv_(mean, square.sqrt().div_(std::sqrt(correction2)).add_(kEpsilon),
                          -rate / correction1);
    }
  }
};

class Adafactor final : public Optimizer {
 public:
  using Optimizer::Optimizer;

 private:
  // Means of the squares over rows and over columns, or all squares of what has no two axes.
  std::vector<at::Tensor> start(const at::Tensor& parameter) const override {
    if (parameter.dim() < 2) return {at::zeros_like(parameter)};
    std::vector<std::int64_t> rows = parameter.sizes().vec(), columns = rows;
    rows.pop_back();
    columns.erase(columns.end() - 2);
    return {at::zeros(rows, parameter.options().requires_grad(false)),
            at::zeros(columns, parameter.options().requires_grad(false))};
  }

  void move(const at::Tensor& parameter, const at::Tensor& gradient, std::vector<at::Tensor>& memory,
            double rate) const override {
    constexpr double kDecay = 0.8, kEpsilon = 1e-30;
    const double beta = 1 - std::pow(static_cast<double>(steps()), -kDecay);
    const at::Tensor square = gradient.square().add_(kEpsilon);
    at::Tensor way;
    if (memory.size() == 1) {
      way = gradient * memory[0].mul_(beta).add_(square, 1 - beta).rsqrt();
    } else {
      const at::Tensor& rows = memory[0].mul_(beta).add_(square.mean(-1), 1 - beta);
      const at::Tensor& columns = memory[1].mul_(beta).add_(square.mean(-2), 1 - beta);
      way = gradient * (rows / rows.mean(-1, /*keepdim=*/true)).rsqrt().unsqueeze(-1) *
            columns.rsqrt().unsqueeze(-2);
    }
    const double length = way.square().mean().sqrt().item<double>();
    parameter.sub_(way, rate / std::max(1.0, length));
  }
};

}  // namespace optimizer

Optimizer::Optimizer(const std::vector<TunedModel::Parameter>& parameters, const Options& options)
    : options_(options) {
  for (const auto& p : parameters)
    slots_.push_back(
        {p.tensor, p.decays, p.ownRate > 0 && options.peakRate > 0 ? p.ownRate / options.peakRate : 1, {}});
}

void Optimizer::step(double learningRate) {
  const c10::NoGradGuard noGrad;
  ++steps_;
  for (Slot& slot : slots_) {
    const at::Tensor gradient = slot.parameter.grad();
    if (!gradient.defined()) continue;
    if (slot.memory.empty()) slot.memory = start(slot.parameter);
    const double rate = learningRate * slot.share;
    if (slot.decays && options_.weightDecay > 0) slot.parameter.mul_(1 - rate * options_.weightDecay);
    move(slot.parameter, gradient, slot.memory, rate);
  }
}

std::vector<std::vector<at::Tensor>> Optimizer::memory() const {
  std::vector<std::vector<at::Tensor>> memory;
  for (const Slot& slot : slots_) memory.push_back(slot.memory);
  return memory;
}

void Optimizer::restore(const std::vector<std::vector<at::Tensor>>& memory, std::int64_t steps) {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    slots_[i].memory.clear();
    for (const at::Tensor& tensor : memory[i]) slots_[i].memory.push_back(tensor.clone());
  }
  steps_ = steps;
}

void Optimizer::clearGradients() {
  for (Slot& slot : slots_) slot.parameter.mutable_grad() = at::Tensor();
}

std::unique_ptr<Optimizer> makeOptimizer(const std::string& name,
                                         const std::vector<TunedModel::Parameter>& parameters,
                                         const Optimizer::Options& options) {
  if (name == "adamw") return std::make_unique<optimizer::AdamW>(parameters, options);
  if (name == "adafactor") return std::make_unique<optimizer::Adafactor>(parameters, options);
  throw Error(ErrorKind::kUsage, "there is no optimizer '" + name + "'", "Known: adamw, adafactor.");
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
