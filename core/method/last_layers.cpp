#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/method/copied_weights.h"
#include "core/method/method.h"
#include "core/method/methods.h"
#include "core/method/parameters.h"
#include "core/method/text_memory.h"
#include "core/model/family.h"

namespace attune {
namespace last_layers {

// The block of a parameter, the first number in its name; of the decoder where there are two stacks.
std::optional<std::int64_t> blockIn(const std::string& name) {
  for (const std::string& part : splitText(name, '.'))
    if (const auto number = parseInt(part)) return *number;
  return std::nullopt;
}

// Whether a parameter belongs to what is behind the first blocks: the last `count` ones and the norm or
// pooler after them, but no embedding, output head or class head.
bool isTrained(const std::string& name, const ModelConfig& config, std::int64_t count) {
  const bool two = config.layout == Layout::kEncoderDecoder;
  if (two && !name.starts_with("decoder.")) return false;
  if (const auto block = blockIn(name)) return *block >= (two ? config.decoderLayers : config.layers) - count;
  for (const char* end : {"model.norm.", "transformer.ln_f.", "decoder.final_layer_norm.", "bert.pooler."})
    if (name.starts_with(end)) return true;
  return false;
}

// Trained copies of the last blocks; all before stays as it is.
class LastLayersModel final : public CopiedWeightsModel {
 public:
  LastLayersModel(const AttachRequest& request, std::int64_t count)
      : CopiedWeightsModel(request.base), count_(count) {
    for (const auto& [name, tensor] : base().weights())
      if (isTrained(name, base().config(), count)) copyWeight(name, name, tensor.dim() >= 2);
    addClassHead("", request.classes, request.seed);
  }

  Json adapterConfig() const override {
    return Json().set("attune_method", "last_layers").set("layers", count_);
  }

  void beginFit(const std::vector<std::vector<std::int64_t>>& texts) override {
    constexpr std::int64_t kMost = 1 << 30;  // bytes
    std::size_t tokens = 0;
    for (const auto& text : texts) tokens += text.size();
    keeps_ = below() > 0 && static_cast<std::int64_t>(tokens) * base().config().hidden * 4 <= kMost;
    if (keeps_) readAll(states_, texts, [&](const ModelInput& input) { return readBelow(input); });
  }
  void endFit() override {
    keeps_ = false;
    states_.clear();
  }

 private:
  // Blocks that stay as they are; none where the decoder of two stacks is trained.
  std::int64_t below() const {
    const ModelConfig& config = base().config();
    return config.layout == Layout::kEncoderDecoder ? 0 : std::max<std::int64_t>(0, config.layers - count_);
  }

  RememberedStates remembered(const ModelInput& input) const override {
    if (!keeps_ || input.tokenTypes.defined()) return {};
    const std::int64_t batch = input.ids.size(0), time = input.ids.size(1);
    if (input.mask.defined() &&
        !at::equal(input.mask, at::arange(time).lt(input.mask.sum(1, true)).to(at::kLong)))
      return {};  // padded on the left
    at::Tensor states = at::zeros({batch, time, base().config().hidden});
    const std::vector<Text> texts = textsOf(input);
    for (std::int64_t row = 0; row < batch; ++row) {
      const Text& text = texts[static_cast<std::size_t>(row)];
      states[row].slice(0, 0, static_cast<std::int64_t>(text.size())).copy_(states_.of(text, [&] {
        return readBelow(padRight({text})).front();
      }));
    }
    return {states, static_cast<std::size_t>(below())};
  }

  // States of every text [its tokens, hidden] below the trained blocks.
  std::vector<at::Tensor> readBelow(ModelInput input) const {
    const c10::NoGradGuard noGrad;
    input.blocks = below();
    const at::Tensor all = base().hidden(input, attune::Attachment());
    std::vector<at::Tensor> states;
    for (std::int64_t row = 0; row < all.size(0); ++row)
      states.push_back(all[row].slice(0, 0, input.mask[row].sum().item<std::int64_t>()).clone());
    return states;
  }

  std::int64_t count_;
  bool keeps_ = false;
  mutable TextMemory states_;  // below the trained blocks
};

class LastLayers final : public Method {
 public:
  std::unique_ptr<TunedModel> attach(const AttachRequest& request) const override {
    return std::make_unique<LastLayersModel>(request, request.params.getInt("layers"));
  }
  std::unique_ptr<TunedModel> reopen(const StoredAdapter& stored) const override {
    return std::make_unique<LastLayersModel>(stored.request(), stored.config.at("layers").asInt());
  }
};

}  // namespace last_layers

MethodInfo lastLayersInfo() {
  MethodInfo info;
  info.name = "last_layers";
  info.title = "Last layers";
  info.summary = "Fine-tunes only the last layers of the model.";
  info.encoderRate = 5e-4;
  info.source = "Howard and Ruder 2018, arXiv:1801.06146; Lee et al. 2019, arXiv:1911.03090";
  info.parameters = std::vector<ParamSpec>{intParam("layers", "Layers",
                                                    "How many of the last layers are trained.", 2, 1, 1000)} +
                    trainingParams({.learningRate = 1e-3, .epochs = 10, .weightDecay = 0.01}) +
                    promptParams(kNeutralTemplate);
  info.work = [](const ParamSet& params, const ModelConfig& base) {
    TrainingWork work;
    double all = 0;
    for (const LinearShape& shape : linearShapes(base)) {
      const auto size = static_cast<double>(shape.in * shape.out);
      all += size;
      if (last_layers::isTrained(shape.path + ".weight", base, params.getInt("layers"))) work.own += size;
    }
    work.through = all > 0 ? work.own / all : 1;
    work.fromInputs = true;  // the lowest norm is trained as well
    if (base.layout != Layout::kEncoderDecoder) work.kept = 1 - work.through;
    return work;
  };
  info.trainable = [](const ParamSet& params, const ModelConfig& base) {
    std::int64_t count = 0;
    for (const ExpectedTensor& tensor : familyOf(base).tensors(base, nullptr)) {
      if (!last_layers::isTrained(tensor.name, base, params.getInt("layers"))) continue;
      std::int64_t size = 1;
      for (const std::int64_t side : tensor.shape) size *= side;
      count += size;
    }
    return count;
  };
  return info;
}

std::unique_ptr<Method> makeLastLayers() { return std::make_unique<last_layers::LastLayers>(); }

}  // namespace attune
