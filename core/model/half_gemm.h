#pragma once

#include <ATen/core/Tensor.h>
#include <torch/custom_class.h>

#include <memory>

// oneDNN's products of bfloat16 matrices, summed and given in fp32. libtorch's own prepare themselves anew
// for every number of rows, sort the weights anew every time and round their results to bfloat16.
namespace attune {

at::Tensor halfOf(const at::Tensor& x);  // in bfloat16

// a [n, k] · b [k, m], both bfloat16, each by rows or by columns. In fp32 on processors without instructions
// for it.
at::Tensor halfProduct(const at::Tensor& a, const at::Tensor& b);

// The weight of a linear layer, [out, in], as it is now: sorted once for each direction, when that is first
// wanted. Several threads may use it.
class SortedMatrix final : public torch::CustomClassHolder {
 public:
  explicit SortedMatrix(const at::Tensor& weight);
  ~SortedMatrix() override;

  // It is this weight, and has not changed.
  bool isOf(const at::Tensor& weight) const;
  // Takes the weight as it is now, sorted as it was. Nobody else may use it meanwhile.
  void renew();
  at::Tensor forward(const at::Tensor& x);   // [n, in] bfloat16 -> x·Wᵀ [n, out]
  at::Tensor backward(const at::Tensor& g);  // [n, out] bfloat16 -> g·W [n, in]

 private:
  struct Packed;
  at::Tensor weight_;     // keeps the address taken
  std::int64_t version_;  // of its numbers
  std::unique_ptr<Packed> packed_;
};

}  // namespace attune
