#include "core/model/gemm.h"

#include <ATen/ATen.h>

#include <array>
#include <dnnl.hpp>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "core/model/flop_count.h"
#include "core/model/rows.h"

namespace attune {
namespace gemm {

constexpr std::int64_t kRows = 16;   // that instructions take at once
constexpr std::int64_t kDepth = 32;  // numbers of a sum that they take at once

double flopsOf(std::int64_t rows, std::int64_t depth, std::int64_t columns) {
  return 2.0 * static_cast<double>(rows) * static_cast<double>(depth) * static_cast<double>(columns);
}

// The first `rows` of a new tensor [.., width]; its memory stays as it is.
at::Tensor firstRows(at::Tensor whole, std::int64_t rows) {
  if (whole.size(0) != rows) whole.unsafeGetTensorImpl()->set_sizes_contiguous({rows, whole.size(1)});
  return whole;
}

struct Packed {
  std::mutex mutex;
  dnnl::memory memory;
};

// Counts the operations of what it gives; not those of rows and depths that only fill up.
class Gemm {
 public:
  using Tag = dnnl::memory::format_tag;

  // a [n, k] · b [k, m], each by rows or by columns. Undefined where the processor cannot.
  at::Tensor operator()(const at::Tensor& a, const at::Tensor& b) {
    const bool columnsA = liesByColumns(a), columnsB = liesByColumns(b);
    std::optional<dnnl::matmul>& made = made_[columnsA ? 1 : 0][columnsB ? 1 : 0];
    if (!made) {
      const dnnl::memory::dims any{DNNL_RUNTIME_DIM_VAL, DNNL_RUNTIME_DIM_VAL};
      const auto described =
          describe({any, kHalf, order(columnsA)}, {any, kHalf, order(columnsB)}, {any, kFull, Tag::ab});
      made = described ? dnnl::matmul(described) : dnnl::matmul();
    }
    return multiply(*made, memoryOf(a, order(columnsA)), a.size(0), memoryOf(b, order(columnsB)), b.size(1),
                    {}, flopsOf(a.size(0), a.size(1), b.size(1)));
  }

  // The same of fp32, plus bias [m] where defined. Undefined where the BLAS does it as well.
  at::Tensor whole(const at::Tensor& a, const at::Tensor& b, const at::Tensor& bias) {
    const std::int64_t n = a.size(0), k = a.size(1), m = b.size(1);
    if (!wholeIsQuick(n, k, m)) return {};
    const at::Tensor left = liesByColumns(a) ? a : a.contiguous(),
                     right = liesByColumns(b) ? b : b.contiguous();
    const Tag tagA = order(liesByColumns(left)), tagB = order(liesByColumns(right));
    const std::int64_t kind =
        kWhole + (tagA == Tag::ba ? 1 : 0) + (tagB == Tag::ba ? 2 : 0) + (bias.defined() ? kWithBias : 0);
    Sized& sized = prepared({n, k, m, kind}, [&] {
      return describe({{n, k}, kFull, tagA}, {{k, m}, kFull, tagB}, {{n, m}, kFull, Tag::ab},
                      describedBias(bias));
    });
    return multiply(sized.product, memoryOf(left, tagA), n, memoryOf(right, tagB), m, bias, flopsOf(n, k, m));
  }

  // The same for a weight that stays, [k, m] fp32: `packed` is made from it where it does not fit.
  at::Tensor whole(const at::Tensor& a, const at::Tensor& weight, const at::Tensor& bias, Packed& packed) {
    const std::int64_t n = a.size(0), k = weight.size(0), m = weight.size(1);
    if (!wholeIsQuick(n, k, m)) return {};
    const at::Tensor left = a.contiguous();
    Sized& sized = prepared({n, k, m, kWholeSorted + (bias.defined() ? kWithBias : 0)}, [&] {
      return describe({{n, k}, kFull, Tag::ab}, {{k, m}, kFull, Tag::any}, {{n, m}, kFull, Tag::ab},
                      describedBias(bias));
    });
    if (!sized.product) return {};
    return multiply(sized.product, memoryOf(left, Tag::ab), n, fitting(packed, sized.weights, weight), m,
                    bias, flopsOf(n, k, m));
  }

  // a [n, k] · weight [k, m] + bias of bfloat16, in the same way.
  at::Tensor operator()(const at::Tensor& a, const at::Tensor& weight, const at::Tensor& bias,
                        Packed& packed) {
    return filledUp(a, weight, Tag::any, kSorted, bias,
                    [&](const dnnl::memory::desc& wanted) { return fitting(packed, wanted, weight); });
  }

  // The same for a weight [k, m] bfloat16 as it is, by rows or by columns.
  at::Tensor unsorted(const at::Tensor& a, const at::Tensor& weight, const at::Tensor& bias) {
    const bool columns = liesByColumns(weight);
    return filledUp(a, weight, order(columns), columns ? kByColumns : kByRows, bias,
                    [&](const dnnl::memory::desc&) { return memoryOf(weight, order(columns)); });
  }

  // aᵀ·b of a [k, n] and b [k, m], both by rows, k a multiple of kDepth; 0 from row `filled` on.
  at::Tensor turned(const at::Tensor& a, const at::Tensor& b, std::int64_t filled) {
    const std::int64_t k = a.size(0), n = a.size(1), m = b.size(1);
    Sized& sized = prepared({n, k, m, kTurned}, [&] {
      return describe({{n, k}, kHalf, Tag::ba}, {{k, m}, kHalf, Tag::ab}, {{n, m}, kFull, Tag::ab});
    });
    if (!sized.product) return {};
    return multiply(sized.product, {{{n, k}, kHalf, Tag::ba}, engine_, a.data_ptr()}, n, memoryOf(b, Tag::ab),
                    m, {}, flopsOf(n, filled, m));
  }

  // oneDNN has kernels of its own for fp32 on this processor, and would not go the way of a BLAS.
  bool hasWholeKernels() const {
    static const bool has = [&] {
      const dnnl::memory::desc square({64, 64}, kFull, Tag::ab);
      const auto described = describe(square, square, square);
      return described && std::string_view(described.impl_info_str()).starts_with("brg");
    }();
    return has;
  }

  void fill(dnnl::memory& packed, const at::Tensor& weight) {
    dnnl::memory from = memoryOf(weight, order(liesByColumns(weight)));
    dnnl::reorder(from, packed).execute(stream_, from, packed);
    stream_.wait();
  }

 private:
  static constexpr auto kHalf = dnnl::memory::data_type::bf16, kFull = dnnl::memory::data_type::f32;
  static constexpr std::size_t kSizes = 1000;
  enum Kind : std::int64_t { kSorted, kByRows, kByColumns, kTurned, kWhole, kWholeSorted = kWhole + 4 };
  static constexpr std::int64_t kWithBias = 16;  // added to the kind
  using Size = std::array<std::int64_t, 4>;      // rows, depth, columns, kind
  struct Sized {
    dnnl::matmul product;
    dnnl::memory::desc weights;
  };

  // Prepared once for each size: that takes as long as a product.
  template <typename Describe>
  Sized& prepared(const Size& size, Describe described) {
    if (sized_.size() >= kSizes) sized_.clear();
    const auto [place, isNew] = sized_.try_emplace(size);
    if (isNew)
      if (const auto found = described()) place->second = {dnnl::matmul(found), found.weights_desc()};
    return place->second;
  }

  // a · weight [k, m] that lies as `tag` says in what `memory` gives, plus bias; a's rows are filled up where
  // there is room, so that few numbers of rows are prepared.
  template <typename Memory>
  at::Tensor filledUp(const at::Tensor& a, const at::Tensor& weight, Tag tag, std::int64_t kind,
                      const at::Tensor& bias, Memory memory) {
    const at::Tensor left = a.contiguous();
    const std::int64_t rows = roomFor(left, roundedUp(left.size(0), kRows)), k = weight.size(0),
                       m = weight.size(1);
    const dnnl::memory::desc lying({rows, k}, kHalf, Tag::ab);
    Sized& sized = prepared({rows, k, m, kind + (bias.defined() ? kWithBias : 0)}, [&] {
      return describe(lying, {{k, m}, kHalf, tag}, {{rows, m}, kFull, Tag::ab}, describedBias(bias));
    });
    if (!sized.product) return {};
    return firstRows(multiply(sized.product, {lying, engine_, left.data_ptr()}, rows, memory(sized.weights),
                              m, bias, flopsOf(left.size(0), k, m)),
                     left.size(0));
  }

  // Quicker than a BLAS in fp32.
  bool wholeIsQuick(std::int64_t n, std::int64_t k, std::int64_t m) const {
    constexpr std::int64_t kFew = 16;
    return n >= kFew && k >= kFew && m >= kFew && hasWholeKernels();
  }

  // As many rows as wanted where x [rows, width] has the room behind it.
  static std::int64_t roomFor(const at::Tensor& x, std::int64_t wanted) {
    const std::int64_t numbers =
        static_cast<std::int64_t>(x.storage().nbytes() / sizeof(std::uint16_t)) - x.storage_offset();
    return numbers >= wanted * x.size(1) ? wanted : x.size(0);
  }

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
    const auto type = x.scalar_type() == at::kFloat ? kFull : kHalf;
    return {{{x.size(0), x.size(1)}, type, tag}, engine_, x.data_ptr()};
  }
  static dnnl::memory::desc describedBias(const at::Tensor& bias) {
    if (!bias.defined()) return {};
    return {{1, bias.numel()}, kFull, Tag::ab};
  }
  // `bias` may be empty. Empty where the processor has no way.
  dnnl::matmul::primitive_desc describe(const dnnl::memory::desc& a, const dnnl::memory::desc& b,
                                        const dnnl::memory::desc& y,
                                        const dnnl::memory::desc& bias = {}) const {
    try {
#if DNNL_VERSION_MAJOR >= 3
      return {engine_, a, b, bias, y};
#else
      return {dnnl::matmul::desc(a, b, bias, y), engine_};
#endif
    } catch (const dnnl::error&) {
      return {};
    }
  }
  at::Tensor multiply(dnnl::matmul& product, const dnnl::memory& a, std::int64_t rows, const dnnl::memory& b,
                      std::int64_t columns, const at::Tensor& bias, double flops) {
    if (!product) return {};
    at::Tensor y = at::empty({rows, columns});
    std::unordered_map<int, dnnl::memory> arguments{
        {DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, memoryOf(y, Tag::ab)}};
    if (bias.defined())
      arguments.emplace(DNNL_ARG_BIAS, dnnl::memory(describedBias(bias), engine_, bias.data_ptr()));
    product.execute(stream_, arguments);
    stream_.wait();
    countFlops(flops);
    return y;
  }

  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  std::optional<dnnl::matmul> made_[2][2];
  std::map<Size, Sized> sized_;
};

Gemm& ofThisThread() {
  thread_local Gemm made;
  return made;
}

}  // namespace gemm

at::Tensor wholeProduct(const at::Tensor& a, const at::Tensor& b, const at::Tensor& bias) {
  if (a.scalar_type() == at::kFloat)
    if (const at::Tensor y = gemm::ofThisThread().whole(a, b, bias); y.defined()) return y;
  return bias.defined() ? at::addmm(bias, a, b) : at::mm(a, b);
}

at::Tensor halfOf(const at::Tensor& x) {
  if (x.dim() != 2 || !x.is_contiguous() || x.scalar_type() != at::kFloat) return x.to(at::kBFloat16);
  at::Tensor half = emptyHalf(x.size(0), x.size(1));
  halfRow(x.numel(), x.data_ptr<float>(), static_cast<std::uint16_t*>(half.data_ptr()));
  return half;
}

at::Tensor emptyHalf(std::int64_t rows, std::int64_t width) {
  return gemm::firstRows(at::empty({roundedUp(rows, gemm::kRows), width}, at::kBFloat16), rows);
}

at::Tensor halfProduct(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor y = gemm::ofThisThread()(a, b);
  return y.defined() ? y : at::mm(a.to(at::kFloat), b.to(at::kFloat));  // no instructions for it: fp32
}

at::Tensor sumOfProducts(const std::vector<RowsOfBoth>& pairs) {
  std::int64_t rows = 0;
  for (const RowsOfBoth& pair : pairs) rows += pair.g.size(0);
  const bool half = pairs.front().g.scalar_type() == at::kBFloat16;
  const std::int64_t depth = half ? roundedUp(rows, gemm::kDepth) : rows;
  const auto together = [&](at::Tensor RowsOfBoth::*one) {
    const at::Tensor all =
        at::empty({depth, (pairs.front().*one).size(1)}, (pairs.front().*one).options().requires_grad(false));
    std::int64_t at = 0;
    for (const RowsOfBoth& pair : pairs) {
      all.narrow(0, at, (pair.*one).size(0)).copy_(pair.*one);
      at += (pair.*one).size(0);
    }
    all.narrow(0, at, depth - at).zero_();
    return all;
  };
  const at::Tensor g = together(&RowsOfBoth::g), x = together(&RowsOfBoth::x);
  if (!half) return wholeProduct(g.t(), x);
  const at::Tensor y = gemm::ofThisThread().turned(g, x, rows);
  return y.defined() ? y : halfProduct(g.t(), x);
}

bool sortingSpeedsWholeProducts() { return gemm::ofThisThread().hasWholeKernels(); }

struct SortedMatrix::Packed {
  gemm::Packed forward, backward;
};

SortedMatrix::SortedMatrix(const at::Tensor& weight, bool half)
    : half_(half),
      weight_(weight.detach()),
      version_(weight._version()),
      packed_(std::make_unique<Packed>()) {
  if (half && weight.requires_grad()) changing_ = halfOf(weight_);
}
SortedMatrix::~SortedMatrix() = default;

bool SortedMatrix::isOf(const at::Tensor& weight) const {
  return weight_.data_ptr() == weight.data_ptr() && weight_.sizes() == weight.sizes() &&
         weight_.strides() == weight.strides() && version_ == weight._version();
}

void SortedMatrix::renew() {
  if (version_ == weight_._version()) return;
  if (changing_.defined()) changing_ = halfOf(weight_);
  gemm::Gemm& products = gemm::ofThisThread();
  if (packed_->forward.memory) products.fill(packed_->forward.memory, weight_.t());
  if (packed_->backward.memory) products.fill(packed_->backward.memory, weight_);
  version_ = weight_._version();
}

at::Tensor SortedMatrix::forward(const at::Tensor& x, const at::Tensor& bias) {
  gemm::Gemm& products = gemm::ofThisThread();
  if (!half_) {
    const at::Tensor y = products.whole(x, weight_.t(), bias, packed_->forward);
    return y.defined() ? y : wholeProduct(x, weight_.t(), bias);
  }
  at::Tensor y = changing_.defined() ? products.unsorted(x, changing_.t(), bias)
                                     : products(x, weight_.t(), bias, packed_->forward);
  if (y.defined()) return y;
  y = halfProduct(x, halfOf(weight_.t()));
  return bias.defined() ? y.add_(bias) : y;
}

at::Tensor SortedMatrix::backward(const at::Tensor& g) {
  gemm::Gemm& products = gemm::ofThisThread();
  if (!half_) {
    const at::Tensor y = products.whole(g, weight_, {}, packed_->backward);
    return y.defined() ? y : wholeProduct(g, weight_);
  }
  const at::Tensor y =
      changing_.defined() ? products.unsorted(g, changing_, {}) : products(g, weight_, {}, packed_->backward);
  return y.defined() ? y : halfProduct(g, halfOf(weight_));
}

}  // namespace attune
