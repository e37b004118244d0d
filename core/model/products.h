#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/intrusive_ptr.h>

#include <array>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/model/gemm.h"
#include "core/model/parts.h"

namespace attune {

// x·Wᵀ + b + scale·(x·Aᵀ)·Bᵀ for x [.., in], W [out, in], b [out] or undefined, A [r, in], B [out, r]: a
// linear layer with a low-rank add-on, at once. Gradients flow to all five tensors.
at::Tensor lowRankLinear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                         const at::Tensor& a, const at::Tensor& b, double scale);

// What adds up to a weight's gradient, by the part of the batch that it comes from.
struct PostponedGradient {
  at::Tensor weight;
  std::vector<std::pair<std::size_t, RowsOfBoth>> rows;

  void add();  // to the weight's gradient, in the order of the parts
};

// While one lives, the linear layers of this thread (and of those that inParts() adds to it) keep every
// matrix as the processor's instructions want it until it changes.
//
// Half: they multiply bfloat16 numbers and sum them in fp32: fewer digits go in, but many times as fast where
// the processor has instructions for it. All that lies between the products, what is trained and its
// gradients stay fp32 (Micikevicius et al. 2018). Keeps a copy of the layers' last input.
class TrainingProducts {
 public:
  // `room`: bytes that matrices in fp32 may be kept in; results do not depend on it.
  explicit TrainingProducts(bool half, std::int64_t room = 0);
  ~TrainingProducts();
  TrainingProducts(const TrainingProducts&) = delete;
  TrainingProducts& operator=(const TrainingProducts&) = delete;

  static TrainingProducts* living();  // for this thread, or nullptr
  static TrainingProducts* half();    // the same where it multiplies bfloat16
  // The numbers in bfloat16; must not be changed.
  at::Tensor copyOfInput(const at::Tensor& x);
  // Says that `half` [rows, n] holds the numbers of x [.., n], by rows; products read x next.
  void keepCopy(const at::Tensor& x, const at::Tensor& half);
  // The weight as products want it, until it changes. Empty: as it is, for it was made for this product alone
  // or, in fp32, is trained or finds no room.
  c10::intrusive_ptr<SortedMatrix> sorted(const at::Tensor& weight);
  // Sorts all that has changed anew, on as many cores as are allowed: before a step's parts ask for it.
  void renew();

  // From now until takePostponed() the gradients of weights wait where a product over one part's rows would
  // write more than it reads; a batch's parts then give one product a weight.
  void postpone();
  std::vector<PostponedGradient> takePostponed();
  // Of `weight`, a leaf, from g [n, out] and x [n, in], which are multiplied as they are. False: it cannot
  // wait.
  bool keepGradient(const at::Tensor& weight, const at::Tensor& g, const at::Tensor& x);

 private:
  struct Input {
    at::Tensor whole;  // keeps the address taken
    at::Tensor half;
    std::int64_t version = 0;  // of its numbers

    bool isOf(const at::Tensor& x) const;
  };
  const at::Tensor& keep(Input input);

  TrainingProducts* outer_ = nullptr;
  bool half_;
  std::int64_t room_;
  std::unordered_map<const void*, c10::intrusive_ptr<SortedMatrix>> kept_;  // by the first number's address
  std::mutex mutex_;
  std::vector<PostponedGradient> postponed_;
  bool postpones_ = false;
  std::array<std::array<Input, 2>, kLanes> inputs_;  // by lane, the last first
};

}  // namespace attune
