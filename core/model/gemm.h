#pragma once

#include <ATen/core/Tensor.h>
#include <torch/custom_class.h>

#include <memory>
#include <vector>

// oneDNN's products of matrices, summed and given in fp32. Of bfloat16 libtorch's own prepare themselves anew
// for every number of rows, sort the weights anew every time and round their results to bfloat16; of fp32
// a BLAS wants many rows before it is quick.
namespace attune {

// a [n, k] · b [k, m] + bias [m] where defined, fp32. By the BLAS where oneDNN has nothing better.
at::Tensor wholeProduct(const at::Tensor& a, const at::Tensor& b, const at::Tensor& bias = {});

at::Tensor halfOf(const at::Tensor& x);  // in bfloat16
// Room for bfloat16 numbers [rows, width]. Behind it lies some more, so that products of many numbers of rows
// can be prepared for a few.
at::Tensor emptyHalf(std::int64_t rows, std::int64_t width);

// a [n, k] · b [k, m], both bfloat16, each by rows or by columns. In fp32 on processors without instructions
// for it.
at::Tensor halfProduct(const at::Tensor& a, const at::Tensor& b);

// The sum of gᵀ·x over pairs of g [n, out] and x [n, in], all bfloat16 or all fp32: [out, in] fp32. At once,
// for a product over few rows mostly writes.
struct RowsOfBoth {
  at::Tensor g, x;
};
at::Tensor sumOfProducts(const std::vector<RowsOfBoth>& pairs);

// Whether a weight that is sorted makes products in fp32 quicker: where oneDNN has kernels of its own for
// this processor. The results have the same bits.
bool sortingSpeedsWholeProducts();

// The weight of a linear layer, [out, in], as it is now, for products of bfloat16 or else of fp32: one that
// stays is sorted once for each direction, when that is first wanted; one that is trained is only converted,
// for sorting it in every step would take longer than it saves. Several threads may use it.
class SortedMatrix final : public torch::CustomClassHolder {
 public:
  explicit SortedMatrix(const at::Tensor& weight, bool half = true);
  ~SortedMatrix() override;

  // It is this weight, and has not changed.
  bool isOf(const at::Tensor& weight) const;
  // Takes the weight as it is now, sorted as it was. Nobody else may use it meanwhile.
  void renew();
  // [n, in] -> x·Wᵀ + bias [n, out]; bias [out] fp32 or undefined.
  at::Tensor forward(const at::Tensor& x, const at::Tensor& bias = {});
  at::Tensor backward(const at::Tensor& g);  // [n, out] -> g·W [n, in]

 private:
  struct Packed;
  bool half_;
  at::Tensor weight_;     // keeps the address taken
  at::Tensor changing_;   // in bfloat16; undefined: it stays
  std::int64_t version_;  // of its numbers
  std::unique_ptr<Packed> packed_;
};

}  // namespace attune
