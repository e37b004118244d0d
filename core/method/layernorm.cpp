#include <ATen/ATen.h>

#include "core/base/error.h"
#include "core/method/copied_weights.h"
#include "core/method/method.h"
#include "core/method/methods.h"
#include "core/method/parameters.h"
#include "core/method/peft_folder.h"
#include "core/method/targets.h"
#include "core/model/family.h"

namespace attune {
namespace layernorm {

// The module of a parameter: its name without the last part.
std::string moduleOf(const std::string& name) { return name.substr(0, name.rfind('.')); }

// Trained copies of the norms' weights and biases (Zhao et al. 2023).
class NormModel final : public CopiedWeightsModel {
 public:
  NormModel(const AttachRequest& request, Targets targets)
      : CopiedWeightsModel(request.base), targets_(std::move(targets)) {
    for (const auto& [name, tensor] : base().weights()) {
      const std::string module = moduleOf(name);
      if (tensor.dim() != 1 || !targets_.match(module, false)) continue;
      copyWeight(name, kPeftPrefix + module + ".ln_tuning_layers" + name.substr(module.size()),
                 /*decays=*/false);
    }
    if (copiesNothing())
      throw Error(ErrorKind::kUsage, "target_modules '" + joinedNames() + "' match no norm of this model",
                  "Leave target_modules empty for PEFT's choice.");
    addClassHead(kPeftPrefix, request.classes, request.seed);
  }

  Json adapterConfig() const override {
    Json config = Json().set("peft_type", "LN_TUNING").set("modules_to_save", savedHeads(trainsClassHead()));
    writeTargets(config, targets_);
    return config;
  }

 private:
  std::string joinedNames() const {
    std::string list;
    for (const std::string& name : targets_.names) list += (list.empty() ? "" : ", ") + name;
    return list;
  }

  Targets targets_;
};

class LayerNorm final : public Method {
 public:
  std::unique_ptr<TunedModel> attach(const AttachRequest& request) const override {
    return std::make_unique<NormModel>(request,
                                       chosenTargets(request.params, "LN_TUNING", request.base->config()));
  }

  std::unique_ptr<TunedModel> reopen(const StoredAdapter& stored) const override {
    return std::make_unique<NormModel>(
        stored.request(), readTargets(stored.config, peftDefaultTargets("LN_TUNING", stored.base->config())));
  }
};

}  // namespace layernorm

MethodInfo layerNormInfo() {
  MethodInfo info;
  info.name = "layernorm";
  info.title = "Norm tuning";
  info.summary = "Trains only the numbers with which the model evens out its layers.";
  info.source = "Zhao et al. 2023, arXiv:2312.11420; PEFT type LN_TUNING";
  info.peftType = "LN_TUNING";
  info.encoderRate = 1e-2;
  info.parameters = std::vector<ParamSpec>{targetsParam("")} +
                    trainingParams({.learningRate = 3e-2, .epochs = 10}) + promptParams(kNeutralTemplate);
  info.work = [](const ParamSet&, const ModelConfig&) { return TrainingWork{.fromInputs = true}; };
  info.trainable = [](const ParamSet& params, const ModelConfig& base) {
    const Targets targets = chosenTargets(params, "LN_TUNING", base);
    std::int64_t count = 0;
    for (const ExpectedTensor& tensor : familyOf(base).tensors(base, nullptr))
      if (tensor.shape.size() == 1 && targets.match(layernorm::moduleOf(tensor.name), false))
        count += tensor.shape.front();
    return count;
  };
  return info;
}

std::unique_ptr<Method> makeLayerNorm() { return std::make_unique<layernorm::LayerNorm>(); }

}  // namespace attune
