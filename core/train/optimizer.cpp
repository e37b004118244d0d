#include "core/train/optimizer.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/base/widest.h"
#include "core/model/parts.h"

namespace attune {
namespace optimizer {

struct AdamStep {
  float keptMean, addedMean, keptSquare, addedSquare;
  float rate;         // divided by the mean's correction
  float squareScale;  // 1 / the root of the squares' correction
  float epsilon;
  float kept;   // of the parameter
  float share;  // of the gradient
};

ATTUNE_WIDEST void adamRow(std::int64_t n, const AdamStep& s, const float* g, float* p, float* mean,
                           float* square) {
  const AdamStep step = s;
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    const float own = g[i] * step.share;
    mean[i] = step.keptMean * mean[i] + step.addedMean * own;
    square[i] = step.keptSquare * square[i] + step.addedSquare * own * own;
    p[i] = step.kept * p[i] - step.rate * mean[i] / (std::sqrt(square[i]) * step.squareScale + step.epsilon);
  }
}

ATTUNE_WIDEST void scaleRow(std::int64_t n, float factor, float* x) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) x[i] *= factor;
}

ATTUNE_WIDEST bool allZero(std::int64_t n, const float* x) {
  constexpr std::int64_t kPiece = 64;
  for (std::int64_t first = 0; first < n; first += kPiece) {
    const std::int64_t count = std::min(kPiece, n - first);
    std::uint32_t bits = 0;
#pragma omp simd reduction(| : bits)
    for (std::int64_t i = 0; i < count; ++i) bits |= __builtin_bit_cast(std::uint32_t, x[first + i]);
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

  // A row that never had a gradient only decays: of a table of words a batch reads few, and a sparse gradient
  // names them.
  void move(const at::Tensor& parameter, const at::Tensor& gradient, std::vector<at::Tensor>& memory,
            double rate, double kept, double share) const override {
    constexpr double kBeta1 = 0.9, kBeta2 = 0.999;
    const auto taken = static_cast<double>(steps());
    const AdamStep step{static_cast<float>(kBeta1),
                        static_cast<float>(1 - kBeta1),
                        static_cast<float>(kBeta2),
                        static_cast<float>(1 - kBeta2),
                        static_cast<float>(rate / (1 - std::pow(kBeta1, taken))),
                        static_cast<float>(1 / std::sqrt(1 - std::pow(kBeta2, taken))),
                        1e-8F,
                        static_cast<float>(kept),
                        static_cast<float>(share)};
    const std::int64_t width = parameter.dim() < 2 ? parameter.numel() : parameter.size(-1);
    const std::int64_t rows = width > 0 ? parameter.numel() / width : 0;
    const at::Tensor whole = gradient.is_sparse() ? gradient.coalesce() : gradient.contiguous();
    const at::Tensor given = whole.is_sparse() ? whole._values().contiguous() : whole;
    const float* g = given.data_ptr<float>();
    // Where a row's gradient is; null: it has none.
    std::vector<const float*> rowGradients(static_cast<std::size_t>(rows), nullptr);
    const auto* numbers = whole.is_sparse() ? whole._indices().data_ptr<std::int64_t>() : nullptr;
    for (std::int64_t i = 0, count = numbers != nullptr ? given.size(0) : rows; i < count; ++i)
      if (!allZero(width, g + i * width))
        rowGradients[static_cast<std::size_t>(numbers != nullptr ? numbers[i] : i)] = g + i * width;
    const std::vector<float> none(static_cast<std::size_t>(width), 0.0F);
    float *p = parameter.data_ptr<float>(), *mean = memory[0].data_ptr<float>(),
          *square = memory[1].data_ptr<float>();
    for (std::int64_t row = 0; row < rows; ++row) {
      const std::int64_t at = row * width;
      const float* own = rowGradients[static_cast<std::size_t>(row)];
      if (own != nullptr || !allZero(width, square + at))
        adamRow(width, step, own != nullptr ? own : none.data(), p + at, mean + at, square + at);
      else if (kept != 1)
        scaleRow(width, step.kept, p + at);
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
            double rate, double kept, double share) const override {
    constexpr double kDecay = 0.8, kEpsilon = 1e-30;
    if (kept != 1) parameter.mul_(kept);
    const double beta = 1 - std::pow(static_cast<double>(steps()), -kDecay);
    const at::Tensor given = (gradient.is_sparse() ? gradient.to_dense() : gradient) * share;
    const at::Tensor square = given.square().add_(kEpsilon);
    at::Tensor way;
    if (memory.size() == 1) {
      way = given * memory[0].mul_(beta).add_(square, 1 - beta).rsqrt();
    } else {
      const at::Tensor& rows = memory[0].mul_(beta).add_(square.mean(-1), 1 - beta);
      const at::Tensor& columns = memory[1].mul_(beta).add_(square.mean(-2), 1 - beta);
      way = given * (rows / rows.mean(-1, /*keepdim=*/true)).rsqrt().unsqueeze(-1) *
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

void Optimizer::step(double learningRate, double share) {
  const c10::NoGradGuard noGrad;
  ++steps_;
  inParts(slots_.size(), [&](std::size_t number) {
    Slot& slot = slots_[number];
    const at::Tensor gradient = slot.parameter.grad();
    if (!gradient.defined()) return;
    if (slot.memory.empty()) slot.memory = start(slot.parameter);
    const double rate = learningRate * slot.share;
    move(slot.parameter, gradient, slot.memory, rate, slot.decays ? 1 - rate * options_.weightDecay : 1,
         share);
    slot.parameter.unsafeGetTensorImpl()->bump_version();
  });
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

double gradientLength(const std::vector<TunedModel::Parameter>& parameters) {
  const c10::NoGradGuard noGrad;
  std::vector<double> lengths(parameters.size(), 0);
  inParts(parameters.size(), [&](std::size_t number) {
    at::Tensor& gradient = at::Tensor(parameters[number].tensor).mutable_grad();
    if (!gradient.defined()) return;
    if (gradient.is_sparse()) gradient = gradient.coalesce();
    lengths[number] = (gradient.is_sparse() ? gradient._values() : gradient).norm().item<double>();
  });
  double squares = 0;
  for (const double length : lengths) squares += length * length;
  return std::sqrt(squares);
}

double clippedShare(double length, double maxNorm) {
  return maxNorm > 0 && length > maxNorm ? maxNorm / (length + 1e-6) : 1;
}

}  // namespace attune
