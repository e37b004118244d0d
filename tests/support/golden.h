#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "core/model/base_model.h"
#include "tests/support/shared.h"

// Reading the golden cases as tensors.
namespace attune::golden {

inline std::vector<std::int64_t> ids(const Json& json) {
  std::vector<std::int64_t> values;
  for (const Json& v : json.items()) values.push_back(v.asInt());
  return values;
}

inline at::Tensor matrix(const Json& json) {
  std::vector<at::Tensor> rows;
  for (const Json& row : json.items()) {
    const auto values = ids(row);
    at::Tensor t = at::empty({static_cast<std::int64_t>(values.size())}, at::kLong);
    std::copy(values.begin(), values.end(), t.data_ptr<std::int64_t>());
    rows.push_back(t);
  }
  return at::stack(rows);
}

inline ModelInput input(const Json& json) {
  ModelInput input;
  input.ids = matrix(json.at("input_ids"));
  input.mask = json.has("attention_mask") ? matrix(json.at("attention_mask")) : at::ones_like(input.ids);
  return input;
}

// Mean cross entropy of the next token over labels that are not -100; labels [batch, time] as in
// transformers.
inline at::Tensor nextTokenLoss(const at::Tensor& logits, const at::Tensor& labels) {
  const std::int64_t time = labels.size(1);
  const at::Tensor predicted = logits.slice(1, logits.size(1) - time, logits.size(1) - 1);
  const at::Tensor wanted = labels.slice(1, 1, time);
  return at::cross_entropy_loss(predicted.reshape({-1, logits.size(2)}), wanted.reshape({-1}), {}, 1, -100);
}

}  // namespace attune::golden
