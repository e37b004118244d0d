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
#include "core/model/layers.h"
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

// One case of ids and masks, checked against the vocabulary and each other.
struct Case {
  Case(const std::string& file, const ModelConfig& config)
      : file_(file), json_(parseJson(readFile(file, 256 << 20), file)) {
    input.ids = ids("input_ids", config.vocabulary);
    input.mask = like("attention_mask", input.ids);
    if (!input.mask.defined()) input.mask = at::ones_like(input.ids);
    if (config.layout == Layout::kEncoder) {
      input.tokenTypes = like("token_type_ids", input.ids);
      if (input.tokenTypes.defined() && input.tokenTypes.max().item<std::int64_t>() >= config.tokenTypes)
        throw refuse("token_type_ids holds a number outside the model's table", "Give 0 and 1.");
    }
    if (config.layout == Layout::kEncoderDecoder) {
      if (!json_.has("decoder_input_ids"))
        throw refuse("decoder_input_ids is missing", "An encoder-decoder needs what its decoder reads.");
      input.decoderIds = ids("decoder_input_ids", config.vocabulary);
      input.decoderMask = like("decoder_attention_mask", input.decoderIds);
      if (input.decoderIds.size(0) != input.ids.size(0))
        throw refuse("decoder_input_ids and input_ids differ in rows", "Give as many rows for both.");
    }
  }

  ModelInput input;

 private:
  Error refuse(const std::string& message, const std::string& hint) const {
    return Error(ErrorKind::kInvalidInput, file_ + ": " + message, hint).inFile(file_);
  }
  at::Tensor ids(const char* key, std::int64_t vocabulary) const {
    at::Tensor values = matrix(json_, key, file_);
    if (values.min().item<std::int64_t>() < 0 || values.max().item<std::int64_t>() >= vocabulary)
      throw refuse(std::string(key) + " holds an id outside the vocabulary",
                   "Ids of this model go from 0 to " + std::to_string(vocabulary - 1) + ".");
    return values;
  }
  at::Tensor like(const char* key, const at::Tensor& other) const {
    if (!json_.has(key)) return {};
    at::Tensor values = matrix(json_, key, file_);
    if (values.sizes() != other.sizes())
      throw refuse(std::string(key) + " and the ids differ in size",
                   "Give as many rows and columns for both.");
    if (values.min().item<std::int64_t>() < 0)
      throw refuse(std::string(key) + " is negative", "Give 0 and 1.");
    return values;
  }

  std::string file_;
  Json json_;
};

at::Tensor widened(const at::Tensor& mask, std::int64_t virtualTokens) {
  if (virtualTokens == 0) return mask;
  return at::cat({at::ones({mask.size(0), virtualTokens}, mask.options()), mask}, 1);
}

// What the model says of the input, padded places set to 0.
TensorMap answer(const LanguageModel& model, ModelInput input) {
  const ModelConfig& config = model.base().config();
  TensorMap out;
  if (config.layout == Layout::kEncoder) {
    const at::Tensor mask = widened(input.mask, model.rowsInFront());
    out.emplace("last_hidden_state", model.hidden(input) * mask.unsqueeze(-1));
    out.emplace("pooled", model.pooled(input));
    if (model.hasClassHead()) out.emplace("logits", model.classLogits(input));
    return out;
  }
  if (model.hasClassHead()) {
    // The rightmost token that is not the padding token, as in the reference implementation.
    if (config.padId >= 0) input.select = lastRealPositions(input.ids.ne(config.padId).to(at::kLong));
    out.emplace("logits", model.classLogits(input));
    return out;
  }
  const bool decodes = config.layout == Layout::kEncoderDecoder;
  const at::Tensor mask = !decodes                      ? widened(input.mask, model.rowsInFront())
                          : input.decoderMask.defined() ? input.decoderMask
                                                        : at::ones_like(input.decoderIds);
  out.emplace("logits", model.logits(model.hidden(input)) * mask.unsqueeze(-1));
  return out;
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

  const forward::Case c(request.idsFile, base->config());
  writeSafetensors(request.outFile, forward::answer(*model, c.input));
}

}  // namespace attune
