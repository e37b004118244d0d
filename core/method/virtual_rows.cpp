#include "core/method/virtual_rows.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/method/peft_folder.h"

namespace attune {
namespace virtual_rows {

at::Tensor idsTensor(const std::vector<std::int64_t>& ids) {
  at::Tensor index = at::empty({static_cast<std::int64_t>(ids.size())}, at::kLong);
  std::copy(ids.begin(), ids.end(), index.data_ptr<std::int64_t>());
  return index;
}

}  // namespace virtual_rows

at::Tensor startRows(const AttachRequest& request, const std::string& kind, std::int64_t count) {
  const c10::NoGradGuard noGrad;
  const at::Tensor& table = request.base->weights().at(request.base->embeddingName());
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(request.seed.sub("prompt").value);
  if (kind == "RANDOM")
    return at::empty({count, table.size(1)}).normal_(0, table.std().item<double>(), generator);
  if (kind == "TEXT") {
    if (request.initTokens.empty())
      throw Error(ErrorKind::kUsage, "prompt_tuning_init TEXT needs prompt_tuning_init_text",
                  "Give the text that the invisible words begin as.");
    std::vector<std::int64_t> ids;
    for (std::int64_t i = 0; i < count; ++i)
      ids.push_back(request.initTokens[static_cast<std::size_t>(i) % request.initTokens.size()]);
    return table.index_select(0, virtual_rows::idsTensor(ids));
  }
  const at::Tensor drawn = at::empty({count}, at::kLong).random_(0, table.size(0), generator);
  at::Tensor rows = table.index_select(0, drawn);
  if (kind == "CLASS_LABELS")
    for (std::int64_t i = 0; i < count && i < static_cast<std::int64_t>(request.labelTokens.size()); ++i)
      rows[i] =
          table.index_select(0, virtual_rows::idsTensor(request.labelTokens[static_cast<std::size_t>(i)]))
              .mean(0);
  return rows;
}

void requireRoom(const BaseModel& base, std::int64_t count) {
  if (count + 8 > base.config().context)
    throw Error(ErrorKind::kUsage,
                "num_virtual_tokens " + std::to_string(count) + " leaves no room in a context of " +
                    std::to_string(base.config().context) + " tokens",
                "Use fewer virtual tokens.");
}

Json virtualTokensConfig(const BaseModel& base, const char* type, std::int64_t rows, std::int64_t width,
                         bool trainsClassHead) {
  const ModelConfig& c = base.config();
  return Json()
      .set("peft_type", type)
      .set("num_virtual_tokens", rows)
      .set("token_dim", width)
      .set("num_transformer_submodules", storedSets(c))
      .set("num_attention_heads", c.heads)
      .set("num_layers", c.layers)
      .set("modules_to_save", savedHeads(trainsClassHead));
}

std::unique_ptr<TunedModel> withVirtualRows(const std::string& method, const TunedModel& model,
                                            std::shared_ptr<const BaseModel> base,
                                            const VirtualRowsChange& change) {
  const c10::NoGradGuard noGrad;
  TensorMap tensors = model.delta();
  at::Tensor& rows = tensors.at("prompt_embeddings");
  const Json config = model.adapterConfig();
  const std::int64_t count = config.intOr("num_virtual_tokens", rows.size(0));
  std::vector<std::int64_t> taken;  // of every set
  for (std::int64_t set = 0; set < rows.size(0) / count; ++set)
    for (const std::int64_t row : change.rows) taken.push_back(set * count + row);
  const at::Tensor all = rows;
  rows = all.index_select(0, virtual_rows::idsTensor(taken));
  if (change.noise > 0) {
    const bool embedded = all.size(1) == base->config().hidden;
    const at::Tensor among = embedded ? base->weights().at(base->embeddingName()) : all;
    const double size = among.to(at::kFloat).pow(2).mean().sqrt().item<double>();
    at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(change.seed.value);
    rows = rows + at::empty(rows.sizes()).normal_(0, size * change.noise, generator);
  }
  auto changed = makeMethod(method)->reopen(
      {std::move(base), Json(config).set("num_virtual_tokens", static_cast<std::int64_t>(change.rows.size())),
       tensors, model.classCount()});
  changed->loadDelta(tensors);
  return changed;
}

std::int64_t storedSets(const ModelConfig& config) {
  return config.layout == Layout::kEncoderDecoder ? 2 : 1;
}

}  // namespace attune
