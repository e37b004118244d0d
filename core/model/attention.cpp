#include "core/model/attention.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include "core/model/flop_count.h"
#include "core/model/rows.h"

extern "C" void sgemm_(const char* transA, const char* transB, const int* m, const int* n, const int* k,
                       const float* alpha, const float* a, const int* lda, const float* b, const int* ldb,
                       const float* beta, float* c, const int* ldc);

namespace attune {
namespace attention_products {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// A matrix with rows of its own distance within a larger tensor.
struct Rows {
  float* data;
  int distance;
};

// One matrix for every text and head of x [batch, heads, rows, columns].
class Heads {
 public:
  explicit Heads(const at::Tensor& x)
      : data_(x.data_ptr<float>()),
        batch_(x.stride(0)),
        head_(x.stride(1)),
        row_(static_cast<int>(x.stride(2))) {}
  Rows at(std::int64_t text, std::int64_t head) const { return {data_ + text * batch_ + head * head_, row_}; }

 private:
  float* data_;
  std::int64_t batch_, head_;
  int row_;
};

// c [m, n] = alpha · a · b + beta · c by rows; a is [m, k], or [k, m] when `ta`; b is [k, n], or [n, k] when
// `tb`.
void multiply(bool ta, bool tb, std::int64_t m, std::int64_t n, std::int64_t k, double alpha, Rows a, Rows b,
              double beta, Rows c) {
  const int mm = static_cast<int>(m), nn = static_cast<int>(n), kk = static_cast<int>(k);
  const auto alphaF = static_cast<float>(alpha), betaF = static_cast<float>(beta);
  // Columns come first there: cᵀ = bᵀ · aᵀ.
  sgemm_(tb ? "T" : "N", ta ? "T" : "N", &nn, &mm, &kk, &alphaF, b.data, &b.distance, a.data, &a.distance,
         &betaF, c.data, &c.distance);
}

at::Tensor withRows(const at::Tensor& x) {
  return x.stride(3) == 1 && x.stride(2) >= x.size(3) ? x : x.contiguous();
}

// [batch, heads, rows, d], in memory [batch, rows, heads, d].
at::Tensor emptyLike(const at::Tensor& x) {
  return at::empty({x.size(0), x.size(2), x.size(1), x.size(3)}, x.options()).transpose(1, 2);
}

// Rows of scores lie a multiple of this apart, so that loops over them have no rest.
constexpr std::int64_t kWide = 16;

// What every pair of text and key-value head does, in parallel where there are threads.
template <typename Work>
void everyPair(const at::Tensor& k, Work work) {
  const std::int64_t shared = k.size(1);
  at::parallel_for(0, k.size(0) * shared, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) work(i / shared, i % shared);
  });
}

class Attention : public torch::autograd::Function<Attention> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& queries, const at::Tensor& keys,
                            const at::Tensor& values, const at::Tensor& bias, double scale) {
    const at::Tensor q = withRows(queries), k = withRows(keys), v = withRows(values);
    const std::int64_t heads = q.size(1), m = q.size(2), n = k.size(2), d = q.size(3),
                       group = heads / k.size(1);
    const at::Tensor shares = at::empty({q.size(0), heads, m, roundedUp(n, kWide)}, q.options());
    at::Tensor added = bias.detach().expand({q.size(0), heads, m, n});
    if (added.stride(3) != 1) added = added.contiguous();
    const at::Tensor mixed = emptyLike(q);
    const Heads qs(q), ks(k), vs(v), sharesOf(shares), mixedOf(mixed), addedOf(added);
    everyPair(k, [&](std::int64_t text, std::int64_t shared) {
      for (std::int64_t h = shared * group; h < (shared + 1) * group; ++h) {
        const Rows scores = sharesOf.at(text, h), more = addedOf.at(text, h);
        multiply(false, true, m, n, d, scale, qs.at(text, h), ks.at(text, shared), 0, scores);
        softmaxRows(m, n, scores.data, scores.distance, more.data, more.distance);
        multiply(false, false, m, d, n, 1, scores, vs.at(text, shared), 0, mixedOf.at(text, h));
      }
    });
    countFlops(4.0 * static_cast<double>(q.size(0) * heads * m * n * d));
    context->save_for_backward({q, k, v, shares});
    context->saved_data["scale"] = scale;
    context->saved_data["bias"] = bias.sizes();
    return mixed;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &q = saved[0], &k = saved[1], &v = saved[2], &shares = saved[3];
    const at::Tensor given = withRows(gradients[0]);
    const double scale = context->saved_data["scale"].toDouble();
    const std::int64_t heads = q.size(1), m = q.size(2), n = k.size(2), d = q.size(3),
                       group = heads / k.size(1);
    const bool toQ = context->needs_input_grad(0), toK = context->needs_input_grad(1),
               toV = context->needs_input_grad(2), toBias = context->needs_input_grad(3);
    const at::Tensor dq = toQ ? emptyLike(q) : at::Tensor(), dk = toK ? emptyLike(k) : at::Tensor(),
                     dv = toV ? emptyLike(v) : at::Tensor();
    const bool toScores = toQ || toK || toBias;
    const at::Tensor scores = toScores ? at::empty_like(shares) : at::Tensor();
    const Heads qs(q), ks(k), vs(v), givenOf(given), sharesOf(shares);
    everyPair(k, [&](std::int64_t text, std::int64_t shared) {
      for (std::int64_t h = shared * group; h < (shared + 1) * group; ++h) {
        const double more = h > shared * group ? 1 : 0;
        const Rows own = sharesOf.at(text, h), from = givenOf.at(text, h);
        if (toV) multiply(true, false, n, d, m, 1, own, from, more, Heads(dv).at(text, shared));
        if (!toScores) continue;
        const Rows back = Heads(scores).at(text, h);
        multiply(false, true, m, n, d, 1, from, vs.at(text, shared), 0, back);
        softmaxRowsBack(m, n, own.data, back.data, back.distance);
        if (toQ) multiply(false, false, m, d, n, scale, back, ks.at(text, shared), 0, Heads(dq).at(text, h));
        if (toK)
          multiply(true, false, n, d, m, scale, back, qs.at(text, h), more, Heads(dk).at(text, shared));
      }
    });
    countFlops(2.0 * static_cast<double>(q.size(0) * heads * m * n * d) *
               ((toV ? 1 : 0) + (toScores ? 1 : 0) + (toQ ? 1 : 0) + (toK ? 1 : 0)));
    return {
        dq, dk, dv,
        toBias ? scores.narrow(3, 0, n).sum_to_size(context->saved_data["bias"].toIntVector()) : at::Tensor(),
        at::Tensor()};
  }
};

}  // namespace attention_products

at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& bias,
                     double scale) {
  return attention_products::Attention::apply(q, k, v, bias, scale);
}

}  // namespace attune
