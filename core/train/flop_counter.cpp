// at::RecordFunction has one member more without NDEBUG, which libraries are built with.
#ifndef NDEBUG
#define NDEBUG
#endif

#include "core/train/flop_counter.h"

#include <ATen/core/Tensor.h>
#include <ATen/record_function.h>

#include <cstring>
#include <memory>

#include "core/model/flop_count.h"

namespace attune {
namespace flop_counter {

thread_local double counted = 0;

// [..., m, k] times [..., k, n].
double product(const c10::IValue& left, const c10::IValue& right) {
  if (!left.isTensor() || !right.isTensor()) return 0;
  const at::Tensor &a = left.toTensor(), &b = right.toTensor();
  if (a.dim() < 2 || b.dim() < 1) return 0;
  return 2.0 * static_cast<double>(a.numel()) * (b.dim() == 1 ? 1.0 : static_cast<double>(b.size(-1)));
}

std::unique_ptr<at::ObserverContext> count(const at::RecordFunction& function) {
  const auto is = [&](const char* name) { return std::strcmp(function.name(), name) == 0; };
  const std::size_t first =
      is("aten::mm") || is("aten::bmm") || is("aten::mv")                                   ? 0
      : is("aten::addmm") || is("aten::addmm_") || is("aten::baddbmm") || is("aten::addmv") ? 1
                                                                                            : 2;
  if (first == 2) return nullptr;
  const auto inputs = function.inputs();
  if (inputs.size() >= first + 2) counted += product(inputs[first], inputs[first + 1]);
  return nullptr;
}

}  // namespace flop_counter

FlopCounter::FlopCounter() {
  flop_counter::counted = -unseenFlops();
  callback_ = at::addThreadLocalCallback(
      at::RecordFunctionCallback(flop_counter::count).needsInputs(true).scopes({at::RecordScope::FUNCTION}));
}

FlopCounter::~FlopCounter() { at::removeCallback(callback_); }

double FlopCounter::flops() const { return flop_counter::counted + unseenFlops(); }

}  // namespace attune
