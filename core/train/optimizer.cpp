#include "core/train/optimizer.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/base/error.h"
#include "core/base/widest.h"

namespace attune {
namespace optimizer {

struct AdamStep {
  float keptMean, addedMean, keptSquare, addedSquare;
  float rate;         // divided by the mean's correction
  float squareScale;  // 1 / the root of the squares' correction
  float epsilon;
};

ATTUNE_WIDEST void adamRow(std::int64_t n, const AdamStep& s, const float* g, float* p, float* mean,
                           float* square) {
  const AdamStep step = s;
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    mean[i] = step.keptMean * mean[i] + step.addedMean * g[i];
    square[i] = step.keptSquare * square[i] + step.addedSquare * g[i] * g[i];
    p[i] -= step.rate * mean[i] / (std::sqrt(square[i]) * step.squareScale + step.epsilon);
  }
}

ATTUNE_WIDEST bool allZero(std::int64_t n, const float* x) {
  constexpr std::int64_t kPiece = 64;
  for (std::int64_t first = 0; first < n; first += kPiece) {
    const std::int64_t count = std::min(kPiece, n - first);
    std::uint32_t bits = 0;
#pragma omp simd reduction(| : bits)
    for (std::int64_t i = 0; i < count; ++i) bits |= std::bit_cast<std::uint32_t>(x[first + i]);
    if (bits << 1 != 0) return false;  // but for the sign
  }
  return true;
}

class AdamW final : public Optimizer {
 public:
  using Optimizer::Optimizer;

 private:
  std::vector<at::Tensor> start(const at::Tensor& parameter) const override {
    return {at::zeros_like(parameter), at::zeros_like(parameter)};
  }

  // A row that never had a gradient does not move: of a table of words a batch reads few.
  void move(const at::Tensor& parameter, const at::Tensor& gradient, std::vector<at::Tensor>& memory,
            double rate) const override {
    constexpr double kBeta1 = 0.9, kBeta2 = 0.999;
    const auto taken = static_cast<double>(steps());
    const AdamStep step{static_cast<float>(kBeta1),
                        static_cast<float>(1 - kBeta1),
                        static_cast<float>(kBeta2),
                        static_cast<float>(1 - kBeta2),
                        static_cast<float>(rate / (1 - std::pow(kBeta1, taken))),
                        static_cast<float>(1 / std::sqrt(1 - std::pow(kBeta2, taken))),
                        1e-8F};
    const at::Tensor given = gradient.contiguous();
    const std::int64_t width = parameter.dim() < 2 ? parameter.numel() : parameter.size(-1);
    const float* g = given.data_ptr<float>();
    float *p = parameter.data_ptr<float>(), *mean = memory[0].data_ptr<float>(),
          *square = memory[1].data_ptr<float>();
    at::parallel_for(0, width > 0 ? parameter.numel() / width : 0,
                     1 + (1 << 14) / std::max<std::int64_t>(1, width),
                     [&](std::int64_t begin, std::int64_t end) {
                       for (std::int64_t at = begin * width; at < end * width; at += width)
                         if (!allZero(width, g + at) || !allZero(width, square + at))
                           adamRow(width, step, g + at, p + at, mean + at, square + at);
                     });
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
