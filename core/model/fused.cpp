#include "core/model/fused.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>

#include "core/base/widest.h"

namespace attune {
namespace fused {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t kGrain = 1 << 14;  // numbers that are worth a thread

const float* read(const at::Tensor& t) { return t.data_ptr<float>(); }
float* write(const at::Tensor& t) { return t.data_ptr<float>(); }

// --- one row each
// ------------------------------------------------------------------------------------------------

// y = w·x·r with r = 1/sqrt(mean(x²) + epsilon), which is returned.
ATTUNE_WIDEST float normRow(std::int64_t n, const float* x, const float* w, float epsilon, float* y) {
  float squares = 0;
#pragma omp simd reduction(+ : squares)
  for (std::int64_t i = 0; i < n; ++i) squares += x[i] * x[i];
  const float r = 1.0F / std::sqrt(squares / static_cast<float>(n) + epsilon);
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) y[i] = w[i] * (x[i] * r);
  return r;
}

// dx = r·(w·g − x·r²·mean(w·g·x))
ATTUNE_WIDEST void normRowBack(std::int64_t n, const float* x, const float* w, float r, const float* g,
                               float* dx) {
  float along = 0;
#pragma omp simd reduction(+ : along)
  for (std::int64_t i = 0; i < n; ++i) along += w[i] * g[i] * x[i];
  const float back = along * r * r / static_cast<float>(n);
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) dx[i] = r * (w[i] * g[i] - x[i] * back);
}

// dw += g·x·r
ATTUNE_WIDEST void normRowScale(std::int64_t n, const float* x, float r, const float* g, float* dw) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) dw[i] += g[i] * (x[i] * r);
}

// Forward, or with `back` the transposed map, which takes gradients.
ATTUNE_WIDEST void turnRow(std::int64_t half, bool back, const float* x, const float* c, const float* s,
                           float* y) {
  const float *x1 = x, *x2 = x + half, *c1 = c, *c2 = c + half, *s1 = s, *s2 = s + half;
  float *y1 = y, *y2 = y + half;
  if (back) {
#pragma omp simd
    for (std::int64_t i = 0; i < half; ++i) {
      y1[i] = x1[i] * c1[i] + x2[i] * s2[i];
      y2[i] = x2[i] * c2[i] - x1[i] * s1[i];
    }
  } else {
#pragma omp simd
    for (std::int64_t i = 0; i < half; ++i) {
      y1[i] = x1[i] * c1[i] - x2[i] * s1[i];
      y2[i] = x2[i] * c2[i] + x1[i] * s2[i];
    }
  }
}

ATTUNE_WIDEST void gateRow(std::int64_t n, const float* gate, const float* open, const float* up, float* y) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) y[i] = gate[i] * open[i] * up[i];
}

ATTUNE_WIDEST void gateRowBack(std::int64_t n, const float* gate, const float* open, const float* up,
                               const float* g, float* dgate, float* dup) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    dup[i] = g[i] * gate[i] * open[i];
    dgate[i] = g[i] * up[i] * open[i] * (1.0F + gate[i] * (1.0F - open[i]));
  }
}

// --- whole tensors
// -----------------------------------------------------------------------------------------------

template <typename Row>
void everyRow(std::int64_t rows, std::int64_t width, Row row) {
  at::parallel_for(0, rows, std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, width)),
                   [&](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t i = begin; i < end; ++i) row(i);
                   });
}

class RmsNorm : public torch::autograd::Function<RmsNorm> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, const at::Tensor& weight,
                            double epsilon) {
    const at::Tensor x = input.contiguous(), w = weight.contiguous();
    const std::int64_t n = x.size(-1), rows = x.numel() / n;
    const at::Tensor y = at::empty(x.sizes(), x.options()), r = at::empty({rows}, x.options());
    const auto eps = static_cast<float>(epsilon);
    everyRow(rows, n, [&](std::int64_t i) {
      write(r)[i] = normRow(n, read(x) + i * n, read(w), eps, write(y) + i * n);
    });
    context->save_for_backward({x, w, r});
    context->saved_data["weight"] = weight.requires_grad();
    return y;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &w = saved[1], &r = saved[2], g = gradients[0].contiguous();
    const std::int64_t n = x.size(-1), rows = x.numel() / n;
    const at::Tensor dx = at::empty(x.sizes(), x.options());
    everyRow(rows, n, [&](std::int64_t i) {
      normRowBack(n, read(x) + i * n, read(w), read(r)[i], read(g) + i * n, write(dx) + i * n);
    });
    at::Tensor dw;
    if (context->saved_data["weight"].toBool()) {
      dw = at::zeros(w.sizes(), w.options().requires_grad(false));
      for (std::int64_t i = 0; i < rows; ++i)
        normRowScale(n, read(x) + i * n, read(r)[i], read(g) + i * n, write(dw));
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
  everyRow(batch * time, heads * d, [&](std::int64_t i) {
    const std::int64_t b = i / time, t = i % time;
    const float *c = read(cos) + b * text + t * d, *s = read(sin) + b * text + t * d;
    for (std::int64_t h = 0; h < heads; ++h)
      turnRow(d / 2, back, read(in) + b * in.stride(0) + h * in.stride(1) + t * in.stride(2), c, s,
              write(y) + b * y.stride(0) + h * y.stride(1) + t * y.stride(2));
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
  static at::Tensor forward(AutogradContext* context, const at::Tensor& gates, const at::Tensor& ups) {
    const at::Tensor gate = gates.contiguous(), up = ups.contiguous(), open = at::sigmoid(gate);
    const at::Tensor y = at::empty(gate.sizes(), gate.options());
    const std::int64_t n = gate.size(-1);
    everyRow(gate.numel() / n, n, [&](std::int64_t i) {
      gateRow(n, read(gate) + i * n, read(open) + i * n, read(up) + i * n, write(y) + i * n);
    });
    context->save_for_backward({gate, open, up});
    return y;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &gate = saved[0], &open = saved[1], &up = saved[2], g = gradients[0].contiguous();
    const at::Tensor dgate = at::empty(gate.sizes(), open.options()),
                     dup = at::empty(gate.sizes(), open.options());
    const std::int64_t n = gate.size(-1);
    everyRow(gate.numel() / n, n, [&](std::int64_t i) {
      gateRowBack(n, read(gate) + i * n, read(open) + i * n, read(up) + i * n, read(g) + i * n,
                  write(dgate) + i * n, write(dup) + i * n);
    });
    return {dgate, dup};
  }
};

}  // namespace fused

at::Tensor rmsNorm(const at::Tensor& x, const at::Tensor& weight, double epsilon) {
  return fused::RmsNorm::apply(x, weight, epsilon);
}

at::Tensor turned(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin) {
  return fused::Turn::apply(x, cos, sin);
}

at::Tensor gatedSilu(const at::Tensor& gate, const at::Tensor& up) {
  return fused::GatedSilu::apply(gate, up);
}

}  // namespace attune
