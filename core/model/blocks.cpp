#include "core/model/blocks.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/custom_class.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/model/parts.h"

namespace attune {
namespace blocks {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// A block with what it needs to be gone through again.
struct Again final : torch::CustomClassHolder {
  Again(Block b, std::size_t n, const Attachment& a)
      : block(std::move(b)), number(n), attachment(a), random(a.randomState()) {}
  Block block;
  std::size_t number;
  const Attachment& attachment;
  std::vector<at::Tensor> random;  // where the random numbers were
};

class Recomputed : public torch::autograd::Function<Recomputed> {
 public:
  // `anchor` asks for a gradient, so that one arrives even where x does not.
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& anchor,
                            const c10::intrusive_ptr<Again>& again) {
    static_cast<void>(anchor);
    context->save_for_backward({x});
    context->saved_data["again"] = c10::IValue::make_capsule(again);
    context->saved_data["needs"] = x.requires_grad();
    return again->block(again->number, x);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto again = c10::static_intrusive_pointer_cast<Again>(context->saved_data["again"].toCapsule());
    const at::Tensor x =
        context->get_saved_variables()[0].detach().requires_grad_(context->saved_data["needs"].toBool());
    const std::vector<at::Tensor> now = again->attachment.randomState();
    again->attachment.restoreRandom(again->random);
    at::Tensor y;
    {
      const at::AutoGradMode grad(true);
      y = again->block(again->number, x);
    }
    again->attachment.restoreRandom(now);
    if (y.requires_grad()) y.backward(gradients[0]);
    return {x.grad(), at::Tensor(), at::Tensor()};
  }
};

}  // namespace blocks

at::Tensor throughBlocks(const ModelInput& input, const Attachment& attachment, const DecoderCache* cache,
                         at::Tensor x, std::size_t count, const Block& block) {
  std::size_t number = 0;
  if (input.blocks >= 0) {
    count = std::min(count, static_cast<std::size_t>(input.blocks));
  } else if (cache == nullptr) {
    if (const RememberedStates known = attachment.remembered(input); known.states.defined()) {
      x = known.states;
      number = known.blocks;
    }
  }
  const bool again = partState().recomputing && c10::GradMode::is_enabled() && cache == nullptr &&
                     attachment.prefixLength() == 0;
  for (; number < count; ++number) {
    if (again) {
      const at::Tensor anchor = at::zeros({}).requires_grad_(true);
      x = blocks::Recomputed::apply(x, anchor, c10::make_intrusive<blocks::Again>(block, number, attachment));
    } else {
      x = block(number, x);
    }
  }
  return x;
}

Recomputing::Recomputing(bool on) : outer_(partState().recomputing) {
  if (on) partState().recomputing = true;
}

Recomputing::~Recomputing() { partState().recomputing = outer_; }

}  // namespace attune
