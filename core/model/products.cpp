#include "core/model/products.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <vector>

#include "core/model/attach_point.h"
#include "core/model/half_gemm.h"
#include "core/model/parts.h"

namespace attune {
namespace products {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// libtorch takes no undefined tensors.
using MaybeTensor = c10::optional<at::Tensor>;
MaybeTensor maybe(const at::Tensor& tensor) { return tensor.defined() ? MaybeTensor(tensor) : c10::nullopt; }

// Arguments of apply(), and places of what backward() returns.
enum Input { kX, kWeight, kBias, kA, kB };

// What lowRankLinear() says; without A and B the layer alone. Where that is on, what is multiplied is
// bfloat16.
class Linear : public torch::autograd::Function<Linear> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, const at::Tensor& weight,
                            const MaybeTensor& bias, const MaybeTensor& a, const MaybeTensor& b,
                            double scale) {
    HalfProducts* const living = HalfProducts::living();
    const bool half = living != nullptr;
    const at::Tensor rows = input.reshape({-1, input.size(-1)});
    const at::Tensor x = half ? living->copyOfInput(rows) : rows;
    const auto sorted = half ? living->sorted(weight) : c10::intrusive_ptr<SortedMatrix>();
    const at::Tensor w = sorted || !half ? weight.detach() : halfOf(weight);
    at::Tensor y = sorted ? sorted->forward(x) : product(x, w.t());
    if (bias) y.add_(*bias);
    at::Tensor z;
    if (a) {
      z = product(x, (half ? halfOf(*a) : *a).t());
      y.addmm_(z, b->t(), 1, scale);
    }
    const at::Tensor none;
    context->save_for_backward({a || weight.requires_grad() ? x : none, w, z, a ? *a : none, b ? *b : none});
    context->saved_data["needs"] =
        std::vector<bool>{input.requires_grad(), weight.requires_grad(), bias && bias->requires_grad(),
                          a && a->requires_grad(), b && b->requires_grad()};
    context->saved_data["scale"] = scale;
    context->saved_data["half"] = half;
    if (sorted) context->saved_data["sorted"] = c10::IValue::make_capsule(sorted);
    context->saved_data["sizes"] = input.sizes();
    std::vector<std::int64_t> sizes = input.sizes().vec();
    sizes.back() = weight.size(0);
    return y.view(sizes);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &w = saved[1], &z = saved[2], &a = saved[3], &b = saved[4];
    const double scale = context->saved_data["scale"].toDouble();
    const bool half = context->saved_data["half"].toBool();
    const auto wanted = context->saved_data["needs"].toBoolList();
    const auto needs = [&](Input input) { return wanted.get(input); };
    const auto stored = [&](const at::Tensor& t) { return half ? halfOf(t) : t; };
    const at::Tensor rows = gradients[0].reshape({-1, w.size(0)});
    const at::Tensor g = stored(rows);
    variable_list out(6);
    at::Tensor dz;
    if (a.defined()) {
      if (needs(kX) || needs(kA)) dz = product(g, stored(b)).mul_(scale);
      if (needs(kA)) out[kA] = product(stored(dz).t(), x);
      if (needs(kB)) out[kB] = product(g.t(), stored(z)).mul_(scale);
    }
    if (needs(kX)) {
      const auto sorted = context->saved_data.find("sorted");
      at::Tensor dx =
          sorted == context->saved_data.end()
              ? product(g, w)
              : c10::static_intrusive_pointer_cast<SortedMatrix>(sorted->second.toCapsule())->backward(g);
      if (dz.defined()) dx.addmm_(dz, a);
      out[kX] = dx.view(context->saved_data["sizes"].toIntVector());
    }
    if (needs(kWeight)) out[kWeight] = product(g.t(), x);
    if (needs(kBias)) out[kBias] = rows.sum(0);
    return out;
  }

 private:
  static at::Tensor product(const at::Tensor& a, const at::Tensor& b) {
    return a.scalar_type() == at::kBFloat16 ? halfProduct(a, b) : at::mm(a, b);
  }
};

at::Tensor apply(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& a,
                 const at::Tensor& b, double scale) {
  return Linear::apply(x, weight, maybe(bias), maybe(a), maybe(b), scale);
}

}  // namespace products

at::Tensor plainLinear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  if (HalfProducts::living() != nullptr)
    return products::apply(x, weight, bias, at::Tensor(), at::Tensor(), 0);
  return bias.defined() ? at::linear(x, weight, bias) : at::linear(x, weight);
}

at::Tensor lowRankLinear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                         const at::Tensor& a, const at::Tensor& b, double scale) {
  return products::apply(x, weight, bias, a, b, scale);
}

HalfProducts::HalfProducts(bool on) : outer_(living()) {
  if (on) partState().products = this;
}

HalfProducts::~HalfProducts() { partState().products = outer_; }

HalfProducts* HalfProducts::living() { return partState().products; }

at::Tensor HalfProducts::copyOfInput(const at::Tensor& x) {
  // Several layers in a row read the same: queries, keys and values.
  Input& last = inputs_[partState().lane];
  if (!last.whole.defined() || last.whole.data_ptr() != x.data_ptr() || last.whole.sizes() != x.sizes() ||
      last.whole.strides() != x.strides() || last.version != x._version())
    last = {x.detach(), halfOf(x), x._version()};
  return last.half;
}

void HalfProducts::renew() {
  std::vector<SortedMatrix*> all;
  for (const auto& [address, matrix] : kept_) all.push_back(matrix.get());
  inParts(all.size(), [&](std::size_t number) { all[number]->renew(); });
}

c10::intrusive_ptr<SortedMatrix> HalfProducts::sorted(const at::Tensor& weight) {
  if (!weight.is_leaf()) return {};
  const std::lock_guard lock(mutex_);
  c10::intrusive_ptr<SortedMatrix>& kept = kept_[weight.data_ptr()];
  if (!kept || !kept->isOf(weight)) kept = c10::make_intrusive<SortedMatrix>(weight);
  return kept;
}

}  // namespace attune
