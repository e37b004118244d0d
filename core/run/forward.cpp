#include "core/run/forward.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/method/method.h"
#include "core/method/peft_folder.h"
#include "core/model/catalog.h"
#include "core/run/open_base.h"

namespace attune {
namespace forward {

at::Tensor matrix(const Json& json, const std::string& key, const std::string& file) {
  const auto refuse = [&](const std::string& what) {
    return Error(ErrorKind::kInvalidInput, file + ": " + key + " " + what,
                 "Give equal rows of whole numbers: {\"input_ids\": [[1, 2], [3, 4]]}.")
        .inFile(file);
  };
  const Json* rows = json.find(key);
  if (!rows || !rows->isArray() || rows->items().empty()) throw refuse("must be a list of rows");
  const std::size_t width = rows->items().front().isArray() ? rows->items().front().items().size() : 0;
  if (width == 0) throw refuse("has an empty row");
  std::vector<std::int64_t> values;
  for (const Json& row : rows->items()) {
    if (!row.isArray() || row.items().size() != width) throw refuse("has rows of different length");
    for (const Json& value : row.items()) {
      if (!value.isInt()) throw refuse("holds something that is no whole number");
      values.push_back(value.asInt());
    }
  }
  at::Tensor tensor = at::empty(
      {static_cast<std::int64_t>(rows->items().size()), static_cast<std::int64_t>(width)}, at::kLong);
  std::copy(values.begin(), values.end(), tensor.data_ptr<std::int64_t>());
  return tensor;
}

}  // namespace forward

void forwardToFile(const ForwardRequest& request) {
  const c10::NoGradGuard noGrad;
  std::vector<Diagnostic> warnings;
  const auto base = openModel(request.base, warnings);
  requireFinite(warnings);
  const std::unique_ptr<TunedModel> model =
      request.adapter.empty() ? makeMethod("untuned")->attach({base, ParamSet(), Seed{}, {}})
                              : openAdapter(request.adapter, base);

  const Json json = parseJson(readFile(request.idsFile, 256 << 20), request.idsFile);
  ModelInput input;
  input.ids = forward::matrix(json, "input_ids", request.idsFile);
  const ModelConfig& config = base->config();
  if (input.ids.min().item<std::int64_t>() < 0 || input.ids.max().item<std::int64_t>() >= config.vocabulary)
    throw Error(ErrorKind::kInvalidInput, request.idsFile + ": input_ids holds an id outside the vocabulary",
                "Ids of this model go from 0 to " + std::to_string(config.vocabulary - 1) + ".")
        .inFile(request.idsFile);
  if (json.has("attention_mask")) {
    input.mask = forward::matrix(json, "attention_mask", request.idsFile);
    if (input.mask.sizes() != input.ids.sizes())
      throw Error(ErrorKind::kInvalidInput, request.idsFile + ": attention_mask and input_ids differ in size",
                  "Give as many rows and columns for both.")
          .inFile(request.idsFile);
  } else {
    input.mask = at::ones_like(input.ids);
  }

  TensorMap out;
  if (config.isClassifier()) {
    // The rightmost token that is not the padding token, as in the reference implementation.
    const at::Tensor steps = at::arange(input.ids.size(1), at::kLong);
    const at::Tensor real = config.padId >= 0 ? input.ids.ne(config.padId) : input.mask.to(at::kBool);
    input.select = (steps * real).argmax(1, /*keepdim=*/true);
    const at::Tensor hidden = model->hidden(input).squeeze(1);
    out.emplace("logits", at::linear(hidden, base->weights().at("score.weight")));
  } else {
    at::Tensor mask = input.mask;
    if (const auto n = model->virtualTokens(); n > 0)
      mask = at::cat({at::ones({mask.size(0), n}, mask.options()), mask}, 1);
    out.emplace("logits", model->logits(model->hidden(input)) * mask.unsqueeze(-1));
  }
  writeSafetensors(request.outFile, out);
}

}  // namespace attune
