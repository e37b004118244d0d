#include <ATen/ATen.h>

#include <map>

#include "core/base/error.h"
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

Targets targetsFor(const ParamSet& params, const ModelConfig& base) {
  const std::string& chosen = params.getString("target_modules");
  return targetsOf(chosen.empty() ? peftDefaultTargets("LN_TUNING", base) : chosen);
}

// Trained copies of the norms' weights and biases (Zhao et al. 2023).
class NormModel final : public TunedModel {
 public:
  NormModel(const AttachRequest& request, Targets targets)
      : TunedModel(request.base), targets_(std::move(targets)) {
    for (const auto& [name, tensor] : base().weights()) {
      const std::string module = moduleOf(name);
      if (tensor.dim() != 1 || !targets_.match(module, false)) continue;
      copies_[name] = addParameter(kPeftPrefix + module + ".ln_tuning_layers" + name.substr(module.size()),
                                   tensor, /*decays=*/false);
    }
    if (copies_.empty())
      throw Error(ErrorKind::kUsage, "target_modules '" + joinedNames() + "' match no norm of this model",
                  "Leave target_modules empty for PEFT's choice.");
    addClassHead(kPeftPrefix, request.classes, request.seed);
  }

  Json adapterConfig() const override {
    Json config = Json().set("peft_type", "LN_TUNING").set("modules_to_save", savedHeads(trainsClassHead()));
    writeTargets(config, targets_);
    return config;
  }

  TensorMap merged() const override {
    TensorMap weights = base().weights();
    for (const auto& [name, tensor] : copies_) weights[name] = tensor.detach();
    mergeClassHead(weights);
    return weights;
  }

 private:
  std::string joinedNames() const {
    std::string list;
    for (const std::string& name : targets_.names) list += (list.empty() ? "" : ", ") + name;
    return list;
  }

  at::Tensor weight(const std::string& name, const at::Tensor& stored) const override {
    const auto found = copies_.find(name);
    return found == copies_.end() ? stored : found->second;
  }

  Targets targets_;
  std::map<std::string, at::Tensor> copies_;
};

class LayerNorm final : public Method {
 public:
  std::unique_ptr<TunedModel> attach(const AttachRequest& request) const override {
    return std::make_unique<NormModel>(request, targetsFor(request.params, request.base->config()));
  }

  std::unique_ptr<TunedModel> reopen(const StoredAdapter& stored) const override {
    return std::make_unique<NormModel>(
        AttachRequest{stored.base, ParamSet(), Seed{}, {}, stored.classes},
        readTargets(stored.config, peftDefaultTargets("LN_TUNING", stored.base->config())));
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
  info.parameters = std::vector<ParamSpec>{targetsParam("")} +
                    trainingParams({.learningRate = 3e-2, .epochs = 10}) + promptParams(kNeutralTemplate);
  info.trainable = [](const ParamSet& params, const ModelConfig& base) {
    const Targets targets = layernorm::targetsFor(params, base);
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
