#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/intrusive_ptr.h>

#include <unordered_map>

namespace attune {

// x·Wᵀ + b + scale·(x·Aᵀ)·Bᵀ for x [.., in], W [out, in], b [out] or undefined, A [r, in], B [out, r]: a
// linear layer with a low-rank add-on, at once. Gradients flow to all five tensors.
at::Tensor lowRankLinear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                         const at::Tensor& a, const at::Tensor& b, double scale);

class FrozenMatrix;

// While one lives, the linear layers of this thread multiply bfloat16 numbers and sum them in fp32: fewer
// digits go in, but many times as fast where the processor has instructions for it. All that lies between the
// products, what is trained and its gradients stay fp32 (Micikevicius et al. 2018). Keeps every matrix that
// is not trained as those instructions want it, and a copy of the layers' last input.
class HalfProducts {
 public:
  explicit HalfProducts(bool on);  // off: changes nothing
  ~HalfProducts();
  HalfProducts(const HalfProducts&) = delete;
  HalfProducts& operator=(const HalfProducts&) = delete;

  static HalfProducts* living();  // of this thread, or nullptr
  // The numbers in bfloat16; must not be changed.
  at::Tensor copyOfInput(const at::Tensor& x);
  // Empty: the weight is trained.
  c10::intrusive_ptr<FrozenMatrix> frozen(const at::Tensor& weight);

 private:
  struct Input {
    at::Tensor whole;  // keeps the address taken
    at::Tensor half;
    std::int64_t version = 0;  // of its numbers
  };
  HalfProducts* outer_ = nullptr;
  std::unordered_map<const void*, c10::intrusive_ptr<FrozenMatrix>> kept_;  // by the first number's address
  Input input_;
};

}  // namespace attune
