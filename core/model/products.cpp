#include "core/model/products.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <vector>

#include "core/model/attach_point.h"
#include "core/model/gemm.h"
#include "core/model/narrow.h"
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
    TrainingProducts* const living = TrainingProducts::living();
    const bool half = TrainingProducts::half() != nullptr;
    const at::Tensor rows = input.reshape({-1, input.size(-1)});
    const at::Tensor x = half ? living->copyOfInput(rows) : rows;
    const auto sorted = living != nullptr ? living->sorted(weight) : c10::intrusive_ptr<SortedMatrix>();
    const at::Tensor w = sorted || !half ? weight.detach() : halfOf(weight);
    const at::Tensor added = bias ? bias->detach().contiguous() : at::Tensor();
    at::Tensor y = sorted ? sorted->forward(x, added) : product(x, w.t(), added);
    at::Tensor z;
    if (a) {
      z = isNarrow(x, *a) ? narrowProduct(x, *a) : product(x, (half ? halfOf(*a) : *a).t());
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
    if (weight.requires_grad() && weight.is_leaf()) context->saved_data["leaf"] = weight;
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
    TrainingProducts* const living = TrainingProducts::living();
    const at::Tensor g = half && living != nullptr ? living->copyOfInput(rows) : stored(rows);
    variable_list out(6);
    at::Tensor dz;
    if (a.defined()) {
      const bool narrow = isNarrow(g, a);
      if (needs(kX) || needs(kA)) dz = (narrow ? narrowProduct(g, b.t()) : product(g, stored(b))).mul_(scale);
      if (needs(kA)) out[kA] = narrow ? narrowGradient(dz, x) : product(stored(dz).t(), x);
      if (needs(kB))
        out[kB] = (narrow ? narrowGradient(z, g).t().contiguous() : product(g.t(), stored(z))).mul_(scale);
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
    if (needs(kWeight)) {
      const auto leaf = context->saved_data.find("leaf");
      const bool waits = leaf != context->saved_data.end() && living != nullptr &&
                         living->keepGradient(leaf->second.toTensor(), g, x);
      if (!waits) out[kWeight] = product(g.t(), x);
    }
    if (needs(kBias)) out[kBias] = rows.sum(0);
    return out;
  }

 private:
  // Of bfloat16 the processor's own instructions are quicker, and libraries use several threads.
  static bool isNarrow(const at::Tensor& x, const at::Tensor& a) {
    return a.size(0) <= kNarrow && x.scalar_type() == at::kFloat && at::get_num_threads() == 1;
  }
  static at::Tensor product(const at::Tensor& a, const at::Tensor& b, const at::Tensor& bias = {}) {
    if (a.scalar_type() != at::kBFloat16) return wholeProduct(a, b, bias);
    const at::Tensor y = halfProduct(a, b);
    return bias.defined() ? y + bias : y;
  }
};

at::Tensor apply(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& a,
                 const at::Tensor& b, double scale) {
  return Linear::apply(x, weight, maybe(bias), maybe(a), maybe(b), scale);
}

}  // namespace products

at::Tensor plainLinear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  return products::apply(x, weight, bias, at::Tensor(), at::Tensor(), 0);
}

at::Tensor lowRankLinear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                         const at::Tensor& a, const at::Tensor& b, double scale) {
  return products::apply(x, weight, bias, a, b, scale);
}

TrainingProducts::TrainingProducts(bool half, std::int64_t room)
    : outer_(living()), half_(half), room_(sortingSpeedsWholeProducts() ? room : 0) {
  partState().products = this;
}

TrainingProducts::~TrainingProducts() { partState().products = outer_; }

TrainingProducts* TrainingProducts::living() { return partState().products; }

TrainingProducts* TrainingProducts::half() {
  TrainingProducts* const now = living();
  return now != nullptr && now->half_ ? now : nullptr;
}

at::Tensor TrainingProducts::copyOfInput(const at::Tensor& x) {
  // Several layers in a row read the same: queries, keys and values.
  for (const Input& input : inputs_[partState().lane])
    if (input.isOf(x)) return input.half;
  return keep({x.tensor_data(), halfOf(x), x._version()});
}

void TrainingProducts::keepCopy(const at::Tensor& x, const at::Tensor& half) {
  keep({x.tensor_data(), half, x._version()});
}

const at::Tensor& TrainingProducts::keep(Input input) {
  auto& inputs = inputs_[partState().lane];
  inputs[1] = std::move(inputs[0]);
  inputs[0] = std::move(input);
  return inputs[0].half;
}

bool TrainingProducts::Input::isOf(const at::Tensor& x) const {
  return whole.defined() && whole.data_ptr() == x.data_ptr() && whole.numel() == x.numel() &&
         whole.size(-1) == x.size(-1) && whole.is_contiguous() && x.is_contiguous() &&
         version == x._version();
}

void TrainingProducts::postpone() {
  postpones_ = true;
  postponed_.clear();  // of a batch that was left
}

std::vector<PostponedGradient> TrainingProducts::takePostponed() {
  postpones_ = false;
  return std::exchange(postponed_, {});
}

bool TrainingProducts::keepGradient(const at::Tensor& weight, const at::Tensor& g, const at::Tensor& x) {
  // They take less memory than the gradient itself.
  if (!postpones_ ||
      static_cast<std::int64_t>(g.element_size()) * g.size(0) * (g.size(1) + x.size(1)) > 4 * weight.numel())
    return false;
  const std::lock_guard lock(mutex_);
  auto place = std::find_if(postponed_.begin(), postponed_.end(),
                            [&](const PostponedGradient& p) { return p.weight.is_same(weight); });
  if (place == postponed_.end()) place = postponed_.insert(place, {weight, {}});
  place->rows.push_back({partState().part, {g, x}});
  return true;
}

void PostponedGradient::add() {
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<RowsOfBoth> pairs;
  for (auto& [part, pair] : rows) pairs.push_back(std::move(pair));
  const at::Tensor sum = sumOfProducts(pairs);
  at::Tensor& gradient = weight.mutable_grad();
  gradient = gradient.defined() ? gradient + sum : sum;
  rows.clear();
}

void TrainingProducts::renew() {
  std::vector<SortedMatrix*> all;
  for (const auto& [address, matrix] : kept_) all.push_back(matrix.get());
  inParts(all.size(), [&](std::size_t number) { all[number]->renew(); });
}

c10::intrusive_ptr<SortedMatrix> TrainingProducts::sorted(const at::Tensor& weight) {
  if (!weight.is_leaf()) return {};
  const std::lock_guard lock(mutex_);
  const auto place = kept_.find(weight.data_ptr());
  if (place != kept_.end() && place->second->isOf(weight)) return place->second;
  if (!half_) {
    // For the way there and the way back. One that is replaced keeps its place: layers that share it are few.
    const std::int64_t bytes = 2 * 4 * weight.numel();
    if (weight.requires_grad() || bytes > room_) return {};
    room_ -= bytes;
  }
  return kept_[weight.data_ptr()] = c10::make_intrusive<SortedMatrix>(weight, half_);
}

}  // namespace attune
