#include "core/model/half_gemm.h"

#include <ATen/ATen.h>

#include <array>
#include <dnnl.hpp>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "core/model/flop_count.h"

namespace attune {
namespace half_gemm {

struct Packed {
  std::mutex mutex;
  dnnl::memory memory;
};

class HalfGemm {
 public:
  using Tag = dnnl::memory::format_tag;

  // a [n, k] · b [k, m], each by rows or by columns. Undefined where the processor cannot.
  at::Tensor operator()(const at::Tensor& a, const at::Tensor& b) {
    const bool columnsA = liesByColumns(a), columnsB = liesByColumns(b);
    std::optional<dnnl::matmul>& made = made_[columnsA ? 1 : 0][columnsB ? 1 : 0];
    if (!made) {
      const dnnl::memory::dims any{DNNL_RUNTIME_DIM_VAL, DNNL_RUNTIME_DIM_VAL};
      const auto described = describe({any, kHalf, order(columnsA)}, {any, kHalf, order(columnsB)},
                                      {any, dnnl::memory::data_type::f32, Tag::ab});
      made = described ? dnnl::matmul(described) : dnnl::matmul();
    }
    return multiply(*made, a, memoryOf(b, order(columnsB)), b.size(1));
  }

  // The same for a weight that stays, [k, m] fp32: `packed` is made from it where it does not fit.
  at::Tensor operator()(const at::Tensor& a, const at::Tensor& weight, Packed& packed) {
    const std::array<std::int64_t, 3> size{a.size(0), weight.size(0), weight.size(1)};
    if (sized_.size() >= kSizes) sized_.clear();
    auto found = sized_.find(size);
    if (found == sized_.end()) {
      const auto described =
          describe({{size[0], size[1]}, kHalf, Tag::ab}, {{size[1], size[2]}, kHalf, Tag::any},
                   {{size[0], size[2]}, dnnl::memory::data_type::f32, Tag::ab});
      found = sized_.emplace(size, Sized{}).first;
      if (described) found->second = {dnnl::matmul(described), described.weights_desc()};
    }
    if (!found->second.product) return {};
    return multiply(found->second.product, a.contiguous(), fitting(packed, found->second.weights, weight),
                    size[2]);
  }

  void fill(dnnl::memory& packed, const at::Tensor& weight) {
    dnnl::memory from = memoryOf(weight, order(liesByColumns(weight)));
    dnnl::reorder(from, packed).execute(stream_, from, packed);
    stream_.wait();
  }

 private:
  static constexpr auto kHalf = dnnl::memory::data_type::bf16;
  static constexpr std::size_t kSizes = 1000;
  struct Sized {
    dnnl::matmul product;
    dnnl::memory::desc weights;
  };

  dnnl::memory fitting(Packed& packed, const dnnl::memory::desc& wanted, const at::Tensor& weight) {
    const std::lock_guard lock(packed.mutex);
    if (!packed.memory || packed.memory.get_desc() != wanted) {
      packed.memory = dnnl::memory(wanted, engine_);
      fill(packed.memory, weight);
    }
    return packed.memory;  // stays, should another thread want it sorted otherwise
  }

  static bool liesByColumns(const at::Tensor& x) { return !x.is_contiguous() && x.t().is_contiguous(); }
  static Tag order(bool columns) { return columns ? Tag::ba : Tag::ab; }
  dnnl::memory memoryOf(const at::Tensor& x, Tag tag) const {
    const auto type = x.scalar_type() == at::kFloat ? dnnl::memory::data_type::f32 : kHalf;
    return {{{x.size(0), x.size(1)}, type, tag}, engine_, x.data_ptr()};
  }
  // Empty where the processor has no way.
  dnnl::matmul::primitive_desc describe(const dnnl::memory::desc& a, const dnnl::memory::desc& b,
                                        const dnnl::memory::desc& y) const {
    try {
#if DNNL_VERSION_MAJOR >= 3
      return {engine_, a, b, y};
#else
      return {dnnl::matmul::desc(a, b, y), engine_};
#endif
    } catch (const dnnl::error&) {
      return {};
    }
  }
  at::Tensor multiply(dnnl::matmul& product, const at::Tensor& a, const dnnl::memory& b,
                      std::int64_t columns) {
    if (!product) return {};
    at::Tensor y = at::empty({a.size(0), columns});
    product.execute(stream_, {{DNNL_ARG_SRC, memoryOf(a, order(liesByColumns(a)))},
                              {DNNL_ARG_WEIGHTS, b},
                              {DNNL_ARG_DST, memoryOf(y, Tag::ab)}});
    stream_.wait();
    countFlops(2.0 * static_cast<double>(a.numel()) * static_cast<double>(columns));
    return y;
  }

  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  std::optional<dnnl::matmul> made_[2][2];
  std::map<std::array<std::int64_t, 3>, Sized> sized_;
};

HalfGemm& halfGemm() {
  thread_local HalfGemm gemm;
  return gemm;
}

}  // namespace half_gemm

at::Tensor halfOf(const at::Tensor& x) { return x.to(at::kBFloat16); }

at::Tensor halfProduct(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor y = half_gemm::halfGemm()(a, b);
  return y.defined() ? y : at::mm(a.to(at::kFloat), b.to(at::kFloat));  // no instructions for it: fp32
}

struct SortedMatrix::Packed {
  half_gemm::Packed forward, backward;
};

SortedMatrix::SortedMatrix(const at::Tensor& weight)
    : weight_(weight.detach()), version_(weight._version()), packed_(std::make_unique<Packed>()) {}
SortedMatrix::~SortedMatrix() = default;

bool SortedMatrix::isOf(const at::Tensor& weight) const {
  return weight_.data_ptr() == weight.data_ptr() && weight_.sizes() == weight.sizes() &&
         weight_.strides() == weight.strides() && version_ == weight._version();
}

void SortedMatrix::renew() {
  if (version_ == weight_._version()) return;
  half_gemm::HalfGemm& gemm = half_gemm::halfGemm();
  if (packed_->forward.memory) gemm.fill(packed_->forward.memory, weight_.t());
  if (packed_->backward.memory) gemm.fill(packed_->backward.memory, weight_);
  version_ = weight_._version();
}

at::Tensor SortedMatrix::forward(const at::Tensor& x) {
  const at::Tensor y = half_gemm::halfGemm()(x, weight_.t(), packed_->forward);
  return y.defined() ? y : halfProduct(x, halfOf(weight_.t()));
}

at::Tensor SortedMatrix::backward(const at::Tensor& g) {
  const at::Tensor y = half_gemm::halfGemm()(g, weight_, packed_->backward);
  return y.defined() ? y : halfProduct(g, halfOf(weight_));
}

}  // namespace attune
