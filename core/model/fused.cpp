#include "core/model/fused.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <utility>
#include <vector>

#include "core/model/gemm.h"
#include "core/model/products.h"
#include "core/model/rows.h"

namespace attune {
namespace fused {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t kGrain = 1 << 14;  // numbers that are worth a thread

float* numbers(const at::Tensor& t) { return t.data_ptr<float>(); }

// The rows of a tensor that lies together.
class Rows {
 public:
  explicit Rows(const at::Tensor& t) : first_(numbers(t)), width_(t.size(-1)) {}
  float* operator[](std::int64_t row) const { return first_ + row * width_; }

 private:
  float* first_;
  std::int64_t width_;
};

template <typename Row>
void everyRow(std::int64_t rows, std::int64_t width, Row row) {
  at::parallel_for(0, rows, std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, width)),
                   [&](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t i = begin; i < end; ++i) row(i);
                   });
}

// The same for a row that writes tensors of one width. While it is at hand its copies in bfloat16 are made,
// which products will ask for.
template <typename Row>
void everyRowOf(const std::vector<at::Tensor>& written, Row row) {
  TrainingProducts* const living = TrainingProducts::half();
  const std::int64_t n = written.front().size(-1), rows = written.front().numel() / n;
  if (living == nullptr) return everyRow(rows, n, row);
  std::vector<at::Tensor> copies;
  std::vector<std::pair<Rows, std::uint16_t*>> pairs;
  for (const at::Tensor& one : written) {
    copies.push_back(emptyHalf(rows, n));
    pairs.push_back({Rows(one), static_cast<std::uint16_t*>(copies.back().data_ptr())});
  }
  everyRow(rows, n, [&](std::int64_t i) {
    row(i);
    for (const auto& [whole, half] : pairs) halfRow(n, whole[i], half + i * n);
  });
  for (std::size_t k = 0; k < copies.size(); ++k) living->keepCopy(written[k], copies[k]);
}

class LayerNorm : public torch::autograd::Function<LayerNorm> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, const at::Tensor& added,
                            const at::Tensor& weight, const at::Tensor& bias, double epsilon) {
    const at::Tensor x = input.contiguous(), w = weight.contiguous(), b = bias.contiguous();
    const bool sums = added.numel() > 0;
    const at::Tensor more = added.contiguous();
    const std::int64_t n = x.size(-1), rows = x.numel() / n;
    const at::Tensor y = at::empty(x.sizes(), x.options()), z = at::empty(x.sizes(), x.options()),
                     means = at::empty({rows}, x.options()), scales = at::empty({rows}, x.options());
    const Rows xs(x), mores(sums ? more : x), zs(z), ys(y);
    float *ws = numbers(w), *bs = numbers(b), *ms = numbers(means), *rs = numbers(scales);
    everyRowOf({y}, [&](std::int64_t i) {
      layerNormRow(n, xs[i], sums ? mores[i] : nullptr, ws, bs, static_cast<float>(epsilon), zs[i], ys[i],
                   ms + i, rs + i);
    });
    context->save_for_backward({z, w, means, scales});
    context->saved_data["sums"] = sums;
    context->saved_data["learned"] = weight.requires_grad() || bias.requires_grad();
    return y;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &z = saved[0], &w = saved[1], &means = saved[2], &scales = saved[3],
                     g = gradients[0].contiguous();
    const std::int64_t n = z.size(-1), rows = z.numel() / n;
    const at::Tensor dz = at::empty(z.sizes(), z.options());
    const Rows zs(z), gs(g), dzs(dz);
    const float *ws = numbers(w), *ms = numbers(means), *rs = numbers(scales);
    everyRowOf({dz}, [&](std::int64_t i) { layerNormRowBack(n, zs[i], ws, ms[i], rs[i], gs[i], dzs[i]); });
    at::Tensor dw, db;
    if (context->saved_data["learned"].toBool()) {
      dw = at::zeros({n}, z.options());
      db = at::zeros({n}, z.options());
      for (std::int64_t i = 0; i < rows; ++i)
        layerNormRowLearn(n, zs[i], ms[i], rs[i], gs[i], numbers(dw), numbers(db));
    }
    return {dz, context->saved_data["sums"].toBool() ? dz : at::Tensor(), dw, db, at::Tensor()};
  }
};

class Gelu : public torch::autograd::Function<Gelu> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input) {
    const at::Tensor x = input.contiguous(), y = at::empty(x.sizes(), x.options());
    const Rows xs(x), ys(y);
    everyRowOf({y}, [&, n = x.size(-1)](std::int64_t i) { geluRow(n, xs[i], ys[i]); });
    context->save_for_backward({x});
    return y;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const at::Tensor x = context->get_saved_variables()[0], g = gradients[0].contiguous();
    const at::Tensor dx = at::empty(x.sizes(), g.options());
    const Rows xs(x), gs(g), dxs(dx);
    everyRowOf({dx}, [&, n = x.size(-1)](std::int64_t i) { geluRowBack(n, xs[i], gs[i], dxs[i]); });
    return {dx};
  }
};

class RmsNorm : public torch::autograd::Function<RmsNorm> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, const at::Tensor& weight,
                            double epsilon) {
    const at::Tensor x = input.contiguous(), w = weight.contiguous();
    const std::int64_t n = x.size(-1), rows = x.numel() / n;
    const at::Tensor y = at::empty(x.sizes(), x.options()), r = at::empty({rows}, x.options());
    const Rows xs(x), ys(y);
    float *ws = numbers(w), *rs = numbers(r);
    everyRowOf({y},
               [&](std::int64_t i) { rs[i] = normRow(n, xs[i], ws, static_cast<float>(epsilon), ys[i]); });
    context->save_for_backward({x, w, r});
    context->saved_data["weight"] = weight.requires_grad();
    return y;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &w = saved[1], &r = saved[2], g = gradients[0].contiguous();
    const std::int64_t n = x.size(-1), rows = x.numel() / n;
    const at::Tensor dx = at::empty(x.sizes(), x.options());
    const Rows xs(x), gs(g), dxs(dx);
    const float *ws = numbers(w), *rs = numbers(r);
    everyRow(rows, n, [&](std::int64_t i) { normRowBack(n, xs[i], ws, rs[i], gs[i], dxs[i]); });
    at::Tensor dw;
    if (context->saved_data["weight"].toBool()) {
      dw = at::zeros(w.sizes(), w.options().requires_grad(false));
      for (std::int64_t i = 0; i < rows; ++i) normRowScale(n, xs[i], rs[i], gs[i], numbers(dw));
    }
    return {dx, dw, at::Tensor()};
  }
};

// In memory as [batch, time, heads, d], which is how the layer before wrote it and the one behind reads it.
at::Tensor turnAll(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin, bool back) {
  const std::int64_t batch = x.size(0), heads = x.size(1), time = x.size(2), d = x.size(3);
  const at::Tensor in = x.stride(3) == 1 ? x : x.contiguous();
  const at::Tensor y = at::empty({batch, time, heads, d}, x.options().requires_grad(false)).transpose(1, 2);
  const std::int64_t text = cos.size(0) == 1 ? 0 : time * d;
  const float *cosines = numbers(cos), *sines = numbers(sin), *from = numbers(in);
  float* const to = numbers(y);
  const std::int64_t inText = in.stride(0), inHead = in.stride(1), inTime = in.stride(2);
  everyRow(batch * time, heads * d, [&](std::int64_t i) {
    const std::int64_t b = i / time, t = i % time, place = b * text + t * d;
    for (std::int64_t h = 0; h < heads; ++h)
      turnRow(d / 2, back, from + b * inText + h * inHead + t * inTime, cosines + place, sines + place,
              to + (i * heads + h) * d);
  });
  return y;
}

class Turn : public torch::autograd::Function<Turn> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& cosines,
                            const at::Tensor& sines) {
    const at::Tensor cos = cosines.contiguous(), sin = sines.contiguous();
    context->save_for_backward({cos, sin});
    return turnAll(x, cos, sin, false);
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    return {turnAll(gradients[0], saved[0], saved[1], true), at::Tensor(), at::Tensor()};
  }
};

class GatedSilu : public torch::autograd::Function<GatedSilu> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& gateInput,
                            const at::Tensor& upInput) {
    const at::Tensor gate = gateInput.contiguous(), up = upInput.contiguous();
    const at::Tensor y = at::empty(gate.sizes(), gate.options());
    const Rows gates(gate), ups(up), ys(y);
    everyRowOf({y}, [&, n = gate.size(-1)](std::int64_t i) { gateRow(n, gates[i], ups[i], ys[i]); });
    context->save_for_backward({gate, up});
    return y;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &gate = saved[0], &up = saved[1], g = gradients[0].contiguous();
    const at::Tensor dgate = at::empty(gate.sizes(), g.options()), dup = at::empty(gate.sizes(), g.options());
    const Rows gates(gate), ups(up), gs(g), dgates(dgate), dups(dup);
    everyRowOf({dgate, dup}, [&, n = gate.size(-1)](std::int64_t i) {
      gateRowBack(n, gates[i], ups[i], gs[i], dgates[i], dups[i]);
    });
    return {dgate, dup};
  }
};

}  // namespace fused

at::Tensor rmsNorm(const at::Tensor& x, const at::Tensor& weight, double epsilon) {
  return fused::RmsNorm::apply(x, weight, epsilon);
}

at::Tensor layerNorm(const at::Tensor& x, const at::Tensor& y, const at::Tensor& weight,
                     const at::Tensor& bias, double epsilon) {
  return fused::LayerNorm::apply(x, y.defined() ? y : at::empty({0}, x.options()), weight, bias, epsilon);
}

at::Tensor erfGelu(const at::Tensor& x) { return fused::Gelu::apply(x); }

at::Tensor turned(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin) {
  return fused::Turn::apply(x, cos, sin);
}

at::Tensor gatedSilu(const at::Tensor& gate, const at::Tensor& up) {
  return fused::GatedSilu::apply(gate, up);
}

}  // namespace attune
