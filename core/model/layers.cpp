#include "core/model/layers.h"

#include <ATen/ATen.h>

#include <cmath>
#include <numbers>

namespace attune {

at::Tensor rmsNorm(const at::Tensor& x, const at::Tensor& weight, double epsilon) {
  return weight * (x * at::rsqrt(at::mean(x * x, -1, /*keepdim=*/true) + epsilon));
}

at::Tensor rotaryFrequencies(const ModelConfig& config) {
  const std::int64_t half = config.headDim / 2;
  at::Tensor frequencies = at::empty({half}, at::kFloat);
  auto* out = frequencies.data_ptr<float>();
  const RopeScaling& rope = config.rope;
  for (std::int64_t i = 0; i < half; ++i) {
    // fp32 steps as in the reference implementation, so that angles agree at large positions.
    const auto exponent = static_cast<float>(2 * i) / static_cast<float>(config.headDim);
    double f = 1.0F / static_cast<float>(std::pow(static_cast<float>(config.ropeTheta), exponent));
    if (rope.type == "linear") {
      f /= rope.factor;
    } else if (rope.type == "llama3") {
      const double length = 2 * std::numbers::pi / f;
      const auto original = static_cast<double>(rope.originalContext);
      if (length > original / rope.lowFrequencyFactor) {
        f /= rope.factor;
      } else if (length >= original / rope.highFrequencyFactor) {
        const double smooth = (original / length - rope.lowFrequencyFactor) /
                              (rope.highFrequencyFactor - rope.lowFrequencyFactor);
        f = (1 - smooth) * f / rope.factor + smooth * f;
      }
    }
    out[i] = static_cast<float>(f);
  }
  return frequencies;
}

RotaryTable rotaryTable(const at::Tensor& positions, const at::Tensor& frequencies) {
  const at::Tensor angles = positions.to(at::kFloat).unsqueeze(-1) * frequencies;  // [batch, time, half]
  const at::Tensor twice = at::cat({angles, angles}, -1).unsqueeze(1);
  return {at::cos(twice), at::sin(twice)};
}

at::Tensor rotate(const at::Tensor& x, const RotaryTable& table) {
  const auto halves = x.chunk(2, -1);
  const at::Tensor turned = at::cat({-halves[1], halves[0]}, -1);
  return x * table.cos + turned * table.sin;
}

at::Tensor causalMask(const at::Tensor& mask) {
  const std::int64_t time = mask.size(1);
  const at::Tensor step = at::arange(time, mask.options().dtype(at::kLong));
  const at::Tensor causal = step.unsqueeze(0).le(step.unsqueeze(1));  // [query, key]
  const at::Tensor self = step.unsqueeze(0).eq(step.unsqueeze(1));
  const at::Tensor visible =
      causal.unsqueeze(0).logical_and(mask.to(at::kBool).unsqueeze(1)).logical_or(self);
  return at::zeros(visible.sizes(), mask.options().dtype(at::kFloat))
      .masked_fill(visible.logical_not(), -3.0e38)
      .unsqueeze(1);
}

at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& mask) {
  const std::int64_t groups = q.size(1) / k.size(1);
  const auto widen = [&](const at::Tensor& t) { return groups == 1 ? t : t.repeat_interleave(groups, 1); };
  const double scale = 1.0 / std::sqrt(static_cast<double>(q.size(-1)));
  const at::Tensor scores = at::matmul(q * scale, widen(k).transpose(-2, -1)) + mask;
  return at::matmul(at::softmax(scores, -1), widen(v));
}

}  // namespace attune
