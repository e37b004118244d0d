#pragma once

#include <ATen/core/Tensor.h>

#include <unordered_map>

namespace attune {

// x·Wᵀ + b + scale·(x·Aᵀ)·Bᵀ for x [.., in], W [out, in], b [out] or undefined, A [r, in], B [out, r]: a
// linear layer with a low-rank add-on, at once. Gradients flow to all five tensors.
at::Tensor lowRankLinear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                         const at::Tensor& a, const at::Tensor& b, double scale);

// While one lives, the linear layers of this thread multiply in bfloat16, with sums in fp32 inside a product:
// fewer digits, but many times as fast where the processor has instructions for it. All that lies between the
// products, what is trained and its gradients stay fp32 (Micikevicius et al. 2018). Keeps a copy of every
// matrix that is not trained.
class HalfProducts {
 public:
  explicit HalfProducts(bool on);  // off: changes nothing
  ~HalfProducts();
  HalfProducts(const HalfProducts&) = delete;
  HalfProducts& operator=(const HalfProducts&) = delete;

  static HalfProducts* living();  // of this thread, or nullptr
  // In bfloat16; must not be changed.
  at::Tensor copyOf(const at::Tensor& weight);

 private:
  struct Copy {
    at::Tensor weight;  // keeps the address taken
    at::Tensor half;
  };
  HalfProducts* outer_ = nullptr;
  std::unordered_map<const void*, Copy> copies_;  // by the first number's address
};

}  // namespace attune
