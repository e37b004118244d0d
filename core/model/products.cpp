#include "core/model/products.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "core/model/attach_point.h"

namespace attune {
namespace products {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

thread_local HalfProducts* living = nullptr;

at::Tensor halfOf(const at::Tensor& x) { return x.to(at::kBFloat16); }

// libtorch takes no undefined tensors.
using MaybeTensor = c10::optional<at::Tensor>;
MaybeTensor maybe(const at::Tensor& tensor) { return tensor.defined() ? MaybeTensor(tensor) : c10::nullopt; }

// Arguments of apply(), and places of what backward() returns.
enum Input { kX, kWeight, kBias, kA, kB };

// What lowRankLinear() says; without A and B the layer alone. In bfloat16, where that is on, are the products
// with W and with what W gets.
class Linear : public torch::autograd::Function<Linear> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, const at::Tensor& weight,
                            const MaybeTensor& bias, const MaybeTensor& a, const MaybeTensor& b,
                            double scale) {
    const at::Tensor x = input.reshape({-1, input.size(-1)});
    const bool half = living != nullptr;
    const at::Tensor w = half ? living->copyOf(weight) : weight;
    const at::Tensor xw = half ? halfOf(x) : x;
    at::Tensor y = at::mm(xw, w.t());
    if (half) y = y.to(at::kFloat);
    if (bias) y.add_(*bias);
    at::Tensor z;
    if (a) {
      z = at::mm(x, a->t());
      y.addmm_(z, b->t(), 1, scale);
    }
    const at::Tensor none;
    context->save_for_backward(
        {a ? x : none, weight.requires_grad() ? xw : none, w, z, a ? *a : none, b ? *b : none});
    context->saved_data["needs"] =
        std::vector<bool>{input.requires_grad(), weight.requires_grad(), bias && bias->requires_grad(),
                          a && a->requires_grad(), b && b->requires_grad()};
    context->saved_data["scale"] = scale;
    context->saved_data["sizes"] = input.sizes();
    std::vector<std::int64_t> sizes = input.sizes().vec();
    sizes.back() = weight.size(0);
    return y.view(sizes);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &xw = saved[1], &w = saved[2], &z = saved[3], &a = saved[4],
                     &b = saved[5];
    const double scale = context->saved_data["scale"].toDouble();
    const at::Tensor g = gradients[0].reshape({-1, w.size(0)});
    const bool half = w.scalar_type() == at::kBFloat16;
    const auto wanted = context->saved_data["needs"].toBoolList();
    const auto needs = [&](Input input) { return wanted.get(input); };
    const at::Tensor gw = half && (needs(kX) || needs(kWeight)) ? halfOf(g) : g;
    const auto whole = [&](const at::Tensor& t) { return half ? t.to(at::kFloat) : t; };
    variable_list out(6);
    at::Tensor dz;
    if (a.defined()) {
      if (needs(kX) || needs(kA)) dz = at::mm(g, b).mul_(scale);
      if (needs(kA)) out[kA] = at::mm(dz.t(), x);
      if (needs(kB)) out[kB] = at::mm(g.t(), z).mul_(scale);
    }
    if (needs(kX)) {
      at::Tensor dx = whole(at::mm(gw, w));
      if (dz.defined()) dx.addmm_(dz, a);
      out[kX] = dx.view(context->saved_data["sizes"].toIntVector());
    }
    if (needs(kWeight)) out[kWeight] = whole(at::mm(gw.t(), xw));
    if (needs(kBias)) out[kBias] = g.sum(0);
    return out;
  }
};

at::Tensor apply(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& a,
                 const at::Tensor& b, double scale) {
  return Linear::apply(x, weight, maybe(bias), maybe(a), maybe(b), scale);
}

}  // namespace products

at::Tensor plainLinear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  if (products::living != nullptr) return products::apply(x, weight, bias, at::Tensor(), at::Tensor(), 0);
  return bias.defined() ? at::linear(x, weight, bias) : at::linear(x, weight);
}

at::Tensor lowRankLinear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                         const at::Tensor& a, const at::Tensor& b, double scale) {
  return products::apply(x, weight, bias, a, b, scale);
}

HalfProducts::HalfProducts(bool on) : outer_(products::living) {
  if (on) products::living = this;
}

HalfProducts::~HalfProducts() { products::living = outer_; }

HalfProducts* HalfProducts::living() { return products::living; }

at::Tensor HalfProducts::copyOf(const at::Tensor& weight) {
  // What is trained, or made anew in every step, is not kept.
  if (weight.requires_grad() || !weight.is_leaf()) return products::halfOf(weight);
  Copy& copy = copies_[weight.data_ptr()];
  if (!copy.weight.defined() || copy.weight.sizes() != weight.sizes() ||
      copy.weight.strides() != weight.strides())
    copy = {weight, products::halfOf(weight)};
  return copy.half;
}

}  // namespace attune
