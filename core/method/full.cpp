#include "core/method/copied_weights.h"
#include "core/method/floor.h"
#include "core/method/method.h"
#include "core/method/methods.h"
#include "core/method/parameters.h"

namespace attune {
namespace full {

// Every weight of the base as a trainable copy, under its own name.
class FullModel final : public CopiedWeightsModel {
 public:
  explicit FullModel(const AttachRequest& request) : CopiedWeightsModel(request.base) {
    const bool isEncoder = base().config().layout == Layout::kEncoder;
    for (const auto& [name, tensor] : base().weights()) {
      // A head that the base brings is for other labels: the fresh one takes its place.
      if (isEncoder && name.starts_with("classifier.")) continue;
      copyWeight(name, name, /*decays=*/tensor.dim() >= 2);
    }
    addClassHead("", request.classes, request.seed);
  }

  TensorMap merged() const override { return delta(); }
};

class Full final : public Method {
 public:
  std::unique_ptr<TunedModel> attach(const AttachRequest& request) const override {
    return std::make_unique<FullModel>(request);
  }
};

}  // namespace full

MethodInfo fullInfo() {
  MethodInfo info;
  info.name = "full";
  info.title = "Full fine-tuning";
  info.summary = "Changes every number in the model; the result is a whole model of its own.";
  info.usual = true;
  info.source = "Howard and Ruder 2018, arXiv:1801.06146; Devlin et al. 2019, arXiv:1810.04805";
  info.encoderRate = 1e-4;
  info.parameters = trainingParams({.learningRate = 5e-4, .epochs = 10, .weightDecay = 0.01}) +
                    promptParams(kNeutralTemplate);
  info.work = [](const ParamSet&, const ModelConfig& base) {
    return TrainingWork{.fromInputs = true, .own = blockParameters(base)};
  };
  info.trainable = [](const ParamSet&, const ModelConfig& base) { return parameterCount(base); };
  return info;
}

std::unique_ptr<Method> makeFull() { return std::make_unique<full::Full>(); }

}  // namespace attune
