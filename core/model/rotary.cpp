#include "core/model/rotary.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/model/fused.h"

namespace attune {
namespace rotary {

// fp32 steps as in the reference implementation, so that angles agree at large positions.
double plain(double theta, std::int64_t i, std::int64_t dim) {
  const auto exponent = static_cast<float>(2 * i) / static_cast<float>(dim);
  return 1.0F / static_cast<float>(std::pow(static_cast<float>(theta), exponent));
}

double llama3(const RopeScaling& rope, double f) {
  const double length = 2 * std::numbers::pi / f;
  const auto original = static_cast<double>(rope.originalContext);
  if (length > original / rope.lowFrequencyFactor) return f / rope.factor;
  if (length < original / rope.highFrequencyFactor) return f;
  const double smooth =
      (original / length - rope.lowFrequencyFactor) / (rope.highFrequencyFactor - rope.lowFrequencyFactor);
  return (1 - smooth) * f / rope.factor + smooth * f;
}

// Share of the interpolated frequency in frequency number i.
double yarnRamp(const ModelConfig& config, std::int64_t i) {
  const RopeScaling& rope = config.rope;
  const auto dim = static_cast<double>(config.headDim);
  const auto correction = [&](double rotations) {
    return dim * std::log(static_cast<double>(rope.originalContext) / (rotations * 2 * std::numbers::pi)) /
           (2 * std::log(config.ropeTheta));
  };
  double low = correction(rope.betaFast), high = correction(rope.betaSlow);
  if (rope.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, dim - 1);
  if (low == high) high += 0.001;
  return std::clamp((static_cast<double>(i) - low) / (high - low), 0.0, 1.0);
}

}  // namespace rotary

at::Tensor rotaryFrequencies(const ModelConfig& config, std::int64_t length) {
  const std::int64_t half = config.headDim / 2;
  at::Tensor frequencies = at::empty({half}, at::kFloat);
  auto* out = frequencies.data_ptr<float>();
  const RopeScaling& rope = config.rope;
  double theta = config.ropeTheta;
  if (rope.type == "dynamic" && length > config.context) {
    const auto dim = static_cast<double>(config.headDim);
    const double stretch = rope.factor * static_cast<double>(length) / static_cast<double>(config.context);
    theta *= std::pow(stretch - (rope.factor - 1), dim / (dim - 2));
  }
  for (std::int64_t i = 0; i < half; ++i) {
    double f = rotary::plain(theta, i, config.headDim);
    if (rope.type == "linear") f /= rope.factor;
    if (rope.type == "llama3") f = rotary::llama3(rope, f);
    if (rope.type == "divisors") f /= rope.divisors[static_cast<std::size_t>(i)];
    if (rope.type == "yarn") {
      const double ramp = rotary::yarnRamp(config, i);
      f = f * (1 - ramp) + f / rope.factor * ramp;
    }
    out[i] = static_cast<float>(f);
  }
  return frequencies;
}

std::optional<RopeScaling> llama3Scaling(const std::vector<double>& divisors, double theta) {
  if (divisors.empty()) return {};
  RopeScaling rope;
  rope.type = "llama3";
  rope.factor = *std::max_element(divisors.begin(), divisors.end());
  rope.lowFrequencyFactor = 1;
  rope.highFrequencyFactor = 4;
  const auto half = static_cast<std::int64_t>(divisors.size());
  for (std::int64_t original = 16; original <= (1 << 20); original *= 2) {
    rope.originalContext = original;
    bool fits = true;
    for (std::int64_t i = 0; i < half && fits; ++i) {
      const double f = rotary::plain(theta, i, 2 * half);
      const double divisor = f / rotary::llama3(rope, f);
      fits = std::abs(divisor - divisors[static_cast<std::size_t>(i)]) <= 1e-5 * divisor;
    }
    if (fits) return rope;
  }
  return {};
}

RotaryTable rotaryTable(const at::Tensor& positions, const at::Tensor& frequencies, double factor) {
  const at::Tensor angles = positions.to(at::kFloat).unsqueeze(-1) * frequencies;  // [batch, time, half]
  const at::Tensor twice = at::cat({angles, angles}, -1).unsqueeze(1);
  if (factor == 1) return {at::cos(twice), at::sin(twice)};
  return {at::cos(twice) * factor, at::sin(twice) * factor};
}

at::Tensor rotate(const at::Tensor& x, const RotaryTable& table) { return turned(x, table.cos, table.sin); }

}  // namespace attune
