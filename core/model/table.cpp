#include "core/model/table.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <vector>

namespace attune {
namespace table {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class Rows : public torch::autograd::Function<Rows> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& table, const at::Tensor& numbers) {
    context->save_for_backward({numbers});
    context->saved_data["sizes"] = table.sizes();
    return at::embedding(table, numbers);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const at::Tensor numbers = context->get_saved_variables()[0].contiguous();
    const std::vector<std::int64_t> sizes = context->saved_data["sizes"].toIntVector();
    const auto* first = numbers.data_ptr<std::int64_t>();
    std::vector<std::int64_t> read(first, first + numbers.numel());
    std::sort(read.begin(), read.end());
    read.erase(std::unique(read.begin(), read.end()), read.end());
    at::Tensor place = at::empty({numbers.numel()}, at::kLong);  // of each number among those read
    for (std::int64_t i = 0; i < numbers.numel(); ++i)
      place.data_ptr<std::int64_t>()[i] = std::lower_bound(read.begin(), read.end(), first[i]) - read.begin();
    const auto count = static_cast<std::int64_t>(read.size());
    const at::Tensor values = at::zeros({count, sizes[1]}, gradients[0].options())
                                  .index_add_(0, place, gradients[0].reshape({-1, sizes[1]}));
    const at::Tensor rows = at::tensor(read, at::kLong).unsqueeze(0);
    return {at::_sparse_coo_tensor_unsafe(rows, values, sizes)._coalesced_(true), at::Tensor()};
  }
};

}  // namespace table

at::Tensor tableRows(const at::Tensor& table, const at::Tensor& numbers) {
  if (!table.requires_grad()) return at::embedding(table, numbers);
  return table::Rows::apply(table, numbers);
}

}  // namespace attune
