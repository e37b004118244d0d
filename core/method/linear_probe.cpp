#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <vector>

#include "core/method/method.h"
#include "core/method/methods.h"
#include "core/method/parameters.h"
#include "core/method/text_memory.h"
#include "core/model/layers.h"

namespace attune {
namespace linear_probe {

// A class head on what the base makes of a text: the mean of an encoder's states (kMean), what a classifier
// reads there (the pooled first token), or the state of a decoder's last token. The base never changes, so
// what it makes of a text is computed once.
class ProbeModel final : public TunedModel {
 public:
  ProbeModel(const AttachRequest& request, bool mean) : TunedModel(request.base), mean_(mean) {
    addClassHead("", request.classes, request.seed, /*always=*/true);
  }

  Json adapterConfig() const override {
    return Json().set("attune_method", "linear_probe").set("pooling", mean_ ? "mean" : "pooled");
  }

  TensorMap merged() const override {
    // Only an encoder's file has a place for the head, behind its own pooling.
    if (base().config().layout != Layout::kEncoder || mean_) return {};
    TensorMap weights = base().weights();
    mergeClassHead(weights);
    return weights;
  }

  void beginFit(const std::vector<std::vector<std::int64_t>>& texts) override {
    readAll(features_, texts, [&](const ModelInput& input) { return read(input).unbind(); });
  }

  at::Tensor pooled(const ModelInput& input) const override {
    const std::vector<Text> texts = textsOf(input);
    std::vector<at::Tensor> features;
    for (const Text& text : texts) {
      features.push_back(features_.find(text));
      // A validation split is asked in the same batches every time.
      if (!features.back().defined()) return batches_.of(texts, [&] { return read(padRight(texts)); });
    }
    return at::stack(features);
  }

 private:
  at::Tensor read(const ModelInput& input) const {  // [batch, hidden]
    const c10::NoGradGuard noGrad;
    return mean_ ? meanPooled(hidden(input), input.mask) : TunedModel::pooled(input);
  }

  bool mean_;
  mutable TextMemory features_;
  mutable Memory<std::vector<Text>> batches_;
};

class LinearProbe final : public Method {
 public:
  std::unique_ptr<TunedModel> attach(const AttachRequest& request) const override {
    const std::string& pooling = request.params.getString("pooling");
    const bool encodes = request.base->config().layout == Layout::kEncoder;
    return std::make_unique<ProbeModel>(request, encodes && pooling != "pooled");
  }
  std::unique_ptr<TunedModel> reopen(const StoredAdapter& stored) const override {
    return std::make_unique<ProbeModel>(stored.request(),
                                        stored.config.stringOr("pooling", "pooled") == "mean");
  }
};

}  // namespace linear_probe

MethodInfo linearProbeInfo() {
  MethodInfo info;
  info.name = "linear_probe";
  info.title = "Linear probe";
  info.summary =
      "Trains a simple classifier on what the model makes of a text; the model itself stays as it is.";
  info.usual = true;
  info.source = "Alain and Bengio 2016, arXiv:1610.01644";
  info.labelsOnly = true;
  info.ownsHead = true;
  info.parameters =
      std::vector<ParamSpec>{choiceParam(
          "pooling", "Reads", "On an encoder: the mean over the text's tokens, or what its classifiers read.",
          "mean", {"mean", "pooled"}, true)} +
      trainingParams({.learningRate = 1e-2, .epochs = 30}) + promptParams(kNeutralTemplate);
  return info;
}

std::unique_ptr<Method> makeLinearProbe() { return std::make_unique<linear_probe::LinearProbe>(); }

}  // namespace attune
