#include "core/model/base_model.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>

#include "core/model/table.h"

namespace attune {

at::Tensor Attachment::weight(const std::string&, const at::Tensor& base) const { return base; }

at::Tensor Attachment::linear(const std::string&, const at::Tensor& x, const at::Tensor& weight,
                              const at::Tensor& bias) const {
  return plainLinear(x, weight, bias);
}

at::Tensor Attachment::embedding(const std::string&, const at::Tensor& ids, const at::Tensor& table) const {
  return tableRows(table, ids);
}

at::Tensor Attachment::virtualRows() const { return {}; }

std::int64_t Attachment::prefixLength() const { return 0; }

Prefix Attachment::prefix() const { return {}; }

at::Tensor Attachment::sublayer(const std::string&, const at::Tensor&, const at::Tensor& y) const {
  return y;
}

RememberedStates Attachment::remembered(const ModelInput&) const { return {}; }

std::vector<at::Tensor> Attachment::randomState() const { return {}; }

void Attachment::restoreRandom(const std::vector<at::Tensor>&) const {}

DecoderCache repeated(const DecoderCache& cache, std::int64_t row, std::int64_t seen, std::int64_t count) {
  const auto wide = [&](const at::Tensor& t) {
    std::vector<std::int64_t> sizes = t.sizes().vec();
    sizes.front() = count;
    return t.narrow(0, row, 1).expand(sizes);
  };
  DecoderCache out;
  out.mask = wide(cache.mask.narrow(1, 0, seen));
  for (const at::Tensor& keys : cache.keys) out.keys.push_back(wide(keys.narrow(2, 0, seen)));
  for (const at::Tensor& values : cache.values) out.values.push_back(wide(values.narrow(2, 0, seen)));
  if (!cache.encoderMask.defined()) return out;
  out.encoderMask = wide(cache.encoderMask);
  for (const at::Tensor& keys : cache.crossKeys) out.crossKeys.push_back(wide(keys));
  for (const at::Tensor& values : cache.crossValues) out.crossValues.push_back(wide(values));
  return out;
}

ModelInput padRight(const std::vector<std::vector<std::int64_t>>& rows, std::int64_t padId) {
  std::size_t longest = 1;
  for (const auto& row : rows) longest = std::max(longest, row.size());
  const auto batch = static_cast<std::int64_t>(rows.size());
  const auto time = static_cast<std::int64_t>(longest);
  ModelInput input;
  input.ids = at::full({batch, time}, padId, at::kLong);
  input.mask = at::zeros({batch, time}, at::kLong);
  auto* ids = input.ids.data_ptr<std::int64_t>();
  auto* mask = input.mask.data_ptr<std::int64_t>();
  for (std::size_t b = 0; b < rows.size(); ++b) {
    std::copy(rows[b].begin(), rows[b].end(), ids + b * longest);
    std::fill_n(mask + b * longest, rows[b].size(), 1);
  }
  return input;
}

std::vector<std::vector<std::size_t>> batchesOfLikeLength(const std::vector<std::size_t>& lengths,
                                                          const std::vector<std::size_t>& widths,
                                                          std::size_t budget) {
  std::vector<std::size_t> order(lengths.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return lengths[a] < lengths[b]; });
  std::vector<std::vector<std::size_t>> batches;
  for (const std::size_t i : order) {
    if (batches.empty() || (batches.back().size() + 1) * widths[i] > budget) batches.emplace_back();
    batches.back().push_back(i);
  }
  return batches;
}

std::int64_t BaseModel::parameterCount() const {
  std::int64_t count = 0;
  for (const auto& [name, tensor] : weights_) count += tensor.numel();
  return count;
}

std::int64_t LanguageModel::virtualTokens() const { return rowsInFront() + attachment().prefixLength(); }

std::int64_t LanguageModel::rowsInFront() const {
  const at::Tensor rows = attachment().virtualRows();
  return rows.defined() ? rows.size(0) : 0;
}

LanguageModel::ClassHead LanguageModel::classHead() const {
  const std::string name = base().classHeadName();
  const TensorMap& weights = base().weights();
  const auto weight = weights.find(name);
  if (weight == weights.end()) return {};
  ClassHead head{attachment().weight(name, weight->second), {}};
  const std::string biasName = name.substr(0, name.rfind('.')) + ".bias";
  if (const auto bias = weights.find(biasName); bias != weights.end())
    head.bias = attachment().weight(biasName, bias->second);
  return head;
}

at::Tensor LanguageModel::classLogits(const ModelInput& input) const {
  const ClassHead head = classHead();
  return at::linear(pooled(input), head.weight, head.bias);
}

at::Tensor LanguageModel::logits(const at::Tensor& hidden) const {
  const std::string name = base().headName();
  return at::linear(hidden, attachment().weight(name, base().weights().at(name)));
}

at::Tensor LanguageModel::logitsOf(const at::Tensor& hidden, const at::Tensor& ids) const {
  const std::string name = base().headName();
  return at::linear(hidden, tableRows(attachment().weight(name, base().weights().at(name)), ids));
}

}  // namespace attune
