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
  std::vector<bool> needs = {};    // a gradient: x and each of what is beside
};

class Recomputed : public torch::autograd::Function<Recomputed> {
 public:
  // `anchor` asks for a gradient, so that one arrives even where x does not.
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, at::TensorList beside,
                            const at::Tensor& anchor, const c10::intrusive_ptr<Again>& again) {
    static_cast<void>(anchor);
    variable_list saved{x};
    saved.insert(saved.end(), beside.begin(), beside.end());
    for (const at::Tensor& tensor : saved) again->needs.push_back(tensor.requires_grad());
    context->save_for_backward(std::move(saved));
    context->saved_data["again"] = c10::IValue::make_capsule(again);
    return again->block(again->number, x, beside.vec());
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto again = c10::static_intrusive_pointer_cast<Again>(context->saved_data["again"].toCapsule());
    variable_list inputs = context->get_saved_variables();
    for (std::size_t i = 0; i < inputs.size(); ++i)
      inputs[i] = inputs[i].detach().requires_grad_(again->needs[i]);
    const std::vector<at::Tensor> now = again->attachment.randomState();
    again->attachment.restoreRandom(again->random);
    at::Tensor y;
    {
      const at::AutoGradMode grad(true);
      y = again->block(again->number, inputs.front(), Beside(inputs.begin() + 1, inputs.end()));
    }
    again->attachment.restoreRandom(now);
    if (y.requires_grad()) y.backward(gradients[0]);
    variable_list back;
    for (const at::Tensor& input : inputs) back.push_back(input.grad());
    back.resize(inputs.size() + 2);  // anchor and again
    return back;
  }
};

}  // namespace blocks

at::Tensor throughBlocks(const Attachment& attachment, const DecoderCache* cache, at::Tensor x,
                         std::size_t first, std::size_t count, const BesideOf& beside, const Block& block) {
  const bool again = partState().recomputing && c10::GradMode::is_enabled() && cache == nullptr;
  for (std::size_t number = first; number < count; ++number) {
    if (again) {
      const at::Tensor anchor = at::zeros({}).requires_grad_(true);
      const Beside tensors = beside(number);
      x = blocks::Recomputed::apply(x, at::TensorList(tensors), anchor,
                                    c10::make_intrusive<blocks::Again>(block, number, attachment));
    } else {
      x = block(number, x, beside(number));
    }
  }
  return x;
}

at::Tensor throughBlocks(const ModelInput& input, const Attachment& attachment, const DecoderCache* cache,
                         at::Tensor x, std::size_t count, const Block& block) {
  std::size_t first = 0;
  if (input.blocks >= 0) {
    count = std::min(count, static_cast<std::size_t>(input.blocks));
  } else if (cache == nullptr) {
    if (const RememberedStates known = attachment.remembered(input); known.states.defined()) {
      x = known.states;
      first = known.blocks;
    }
  }
  const Prefix prefix = attachment.prefix();
  return throughBlocks(
      attachment, cache, std::move(x), first, count,
      [&](std::size_t number) { return besideOf(prefix, number); }, block);
}

Beside besideOf(const Prefix& prefix, std::size_t number) {
  return prefix.empty() ? Beside{} : Beside{prefix[number].keys, prefix[number].values};
}

KeysAndValues prefixOf(const Beside& beside, std::size_t first) {
  return beside.size() < first + 2 ? KeysAndValues{} : KeysAndValues{beside[first], beside[first + 1]};
}

Recomputing::Recomputing(bool on) : outer_(partState().recomputing) {
  if (on) partState().recomputing = true;
}

Recomputing::~Recomputing() { partState().recomputing = outer_; }

}  // namespace attune
