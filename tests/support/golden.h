#pragma once

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <map>
#include <vector>

#include "core/model/base_model.h"
#include "tests/support/shared.h"

// Reading the golden cases as tensors.
namespace attune::golden {

inline at::Tensor matrix(const Json& json) {
  std::vector<at::Tensor> rows;
  for (const Json& row : json.items()) {
    const auto values = idsOf(row);
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
  if (json.has("token_type_ids")) input.tokenTypes = matrix(json.at("token_type_ids"));
  if (json.has("decoder_input_ids")) input.decoderIds = matrix(json.at("decoder_input_ids"));
  return input;
}

// Largest difference of two tensors; infinite when the shapes differ.
inline double gap(const at::Tensor& a, const at::Tensor& b) {
  if (a.sizes() != b.sizes()) return std::numeric_limits<double>::infinity();
  return a.numel() == 0 ? 0 : (a - b).abs().max().item<double>();
}

// Notes a difference for the parity table, which is printed at the end where ATTUNE_PARITY is set.
inline double noted(const std::string& model, const std::string& what, double difference) {
  static struct Table {
    std::map<std::string, std::map<std::string, double>> worst;
    ~Table() {
      if (!std::getenv("ATTUNE_PARITY")) return;
      for (const auto& [name, row] : worst) {
        std::cout << name;
        for (const auto& [key, value] : row) std::cout << "  " << key << " " << value;
        std::cout << "\n";
      }
    }
  } table;
  double& worst = table.worst[model][what];
  worst = std::max(worst, difference);
  return difference;
}

// Mean cross entropy over labels that are not -100; labels [batch, time] stand where the decoder's logits
// are.
inline at::Tensor decoderLoss(const at::Tensor& logits, const at::Tensor& labels) {
  return at::cross_entropy_loss(logits.reshape({-1, logits.size(2)}), labels.reshape({-1}), {}, 1, -100);
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
