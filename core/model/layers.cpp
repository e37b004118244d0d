#include "core/model/layers.h"

#include <ATen/ATen.h>

#include "core/model/fused.h"

namespace attune {
namespace layers {

constexpr double kHidden = -3.0e38;

at::Tensor additive(const at::Tensor& visible) {
  return at::zeros(visible.sizes(), visible.options().dtype(at::kFloat))
      .masked_fill(visible.logical_not(), kHidden)
      .unsqueeze(1);
}

at::Tensor found(const TensorMap& weights, const std::string& name) {
  const auto place = weights.find(name);
  return place == weights.end() ? at::Tensor() : place->second;
}

at::Tensor used(const Attachment& attachment, const std::string& name, const at::Tensor& base) {
  return base.defined() ? attachment.weight(name, base) : base;
}

}  // namespace layers

Linear::Linear(const TensorMap& weights, const std::string& layerPath, bool isTransposed)
    : path(layerPath),
      weight(weights.at(layerPath + ".weight")),
      bias(layers::found(weights, layerPath + ".bias")),
      transposed(isTransposed) {}

at::Tensor Linear::operator()(const at::Tensor& x, const Attachment& attachment) const {
  const at::Tensor stored = attachment.weight(path + ".weight", weight);
  return attachment.linear(path, x, transposed ? stored.t() : stored,
                           layers::used(attachment, path + ".bias", bias));
}

Norm::Norm(const TensorMap& weights, const std::string& normPath, double normEpsilon)
    : path(normPath),
      weight(weights.at(normPath + ".weight")),
      bias(layers::found(weights, normPath + ".bias")),
      epsilon(normEpsilon) {}

at::Tensor Norm::operator()(const at::Tensor& x, const Attachment& attachment) const {
  const at::Tensor scale = attachment.weight(path + ".weight", weight);
  if (!bias.defined()) return rmsNorm(x, scale, epsilon);
  return layerNorm(x, at::Tensor(), scale, attachment.weight(path + ".bias", bias), epsilon);
}

at::Tensor Norm::ofSum(const at::Tensor& x, const at::Tensor& y, const Attachment& attachment) const {
  if (!bias.defined()) return (*this)(x + y, attachment);
  return layerNorm(x, y, attachment.weight(path + ".weight", weight), attachment.weight(path + ".bias", bias),
                   epsilon);
}

BlockPlaces::BlockPlaces(const std::string& stack, std::int64_t block) {
  const std::string at = stack + "." + std::to_string(block) + ".";
  attention = at + "attn";
  crossAttention = at + "cross";
  feedForward = at + "ffn";
}

at::Tensor activate(Activation activation, const at::Tensor& x) {
  switch (activation) {
    case Activation::kSilu:
      return at::silu(x);
    case Activation::kGelu:
      return erfGelu(x);
    case Activation::kGeluTanh:
      return at::gelu(x, "tanh");
    case Activation::kRelu:
      return at::relu(x);
  }
  return x;
}

at::Tensor gated(Activation activation, const at::Tensor& gate, const at::Tensor& up) {
  return activation == Activation::kSilu ? gatedSilu(gate, up) : activate(activation, gate) * up;
}

at::Tensor splitHeads(const at::Tensor& x, std::int64_t heads) {
  return x.view({x.size(0), x.size(1), heads, x.size(2) / heads}).transpose(1, 2);
}

at::Tensor joinHeads(const at::Tensor& x) {
  return x.transpose(1, 2).reshape({x.size(0), x.size(2), x.size(1) * x.size(3)});
}

at::Tensor causalMask(const at::Tensor& mask, std::int64_t queries, std::int64_t window) {
  const at::Tensor keys = at::arange(mask.size(1), mask.options().dtype(at::kLong)).unsqueeze(0);
  const at::Tensor query = keys.slice(1, mask.size(1) - queries).t();  // [queries, 1]
  at::Tensor visible = keys.le(query);
  if (window > 0) visible = visible.logical_and(keys.gt(query - window));
  visible = visible.unsqueeze(0).logical_and(mask.to(at::kBool).unsqueeze(1));
  return layers::additive(visible.logical_or(keys.eq(query)));
}

at::Tensor paddingMask(const at::Tensor& mask, std::int64_t queries) {
  return layers::additive(mask.to(at::kBool).unsqueeze(1).expand({-1, queries, -1}));
}

at::Tensor rowsOf(const at::Tensor& x, const at::Tensor& select) {
  return x.gather(1, select.unsqueeze(-1).expand({select.size(0), select.size(1), x.size(2)}));
}

at::Tensor queriesOf(const at::Tensor& bias, const at::Tensor& select) {
  const std::int64_t batch = select.size(0), m = select.size(1);
  const at::Tensor wide = bias.expand({batch, bias.size(1), bias.size(2), bias.size(3)});
  return wide.gather(2, select.view({batch, 1, m, 1}).expand({batch, wide.size(1), m, wide.size(3)}));
}

at::Tensor lastRealPositions(const at::Tensor& mask) {
  return (at::arange(mask.size(1), mask.options().dtype(at::kLong)) * mask).argmax(1, /*keepdim=*/true);
}

at::Tensor meanPooled(const at::Tensor& states, const at::Tensor& mask) {
  const at::Tensor weight = mask.to(states.scalar_type()).unsqueeze(-1);
  return (states * weight).sum(1) / weight.sum(1).clamp_min(1e-9);
}

}  // namespace attune
