#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <map>
#include <vector>

#include "core/method/method.h"
#include "core/method/methods.h"
#include "core/method/parameters.h"

namespace attune {
namespace linear_probe {

// A class head on what the base makes of a text: its pooled first token, the state of its last token, or the
// mean of its encoder's states. The base never changes, so what it makes of a text is computed once.
class ProbeModel final : public TunedModel {
 public:
  explicit ProbeModel(const AttachRequest& request) : TunedModel(request.base) {
    addClassHead("", request.classes, request.seed, /*always=*/true);
  }

  Json adapterConfig() const override { return Json().set("attune_method", "linear_probe"); }

  TensorMap merged() const override {
    // Only an encoder's file has a place for the head.
    if (base().config().layout != Layout::kEncoder) return {};
    TensorMap weights = base().weights();
    mergeClassHead(weights);
    return weights;
  }

  at::Tensor pooled(const ModelInput& input) const override {
    const c10::NoGradGuard noGrad;
    const std::int64_t batch = input.ids.size(0), time = input.ids.size(1);
    const at::Tensor mask = input.mask.defined() ? input.mask : at::ones_like(input.ids);
    std::vector<std::vector<std::int64_t>> texts;
    std::vector<std::int64_t> unknown;
    const at::Tensor ids = input.ids.contiguous(), real = mask.contiguous();
    for (std::int64_t b = 0; b < batch; ++b) {
      std::vector<std::int64_t> text;
      for (std::int64_t t = 0; t < time; ++t)
        if (real.data_ptr<std::int64_t>()[b * time + t] != 0)
          text.push_back(ids.data_ptr<std::int64_t>()[b * time + t]);
      if (!features_.contains(text)) unknown.push_back(b);
      texts.push_back(std::move(text));
    }
    if (!unknown.empty()) {
      std::vector<std::vector<std::int64_t>> rows;
      for (const std::int64_t b : unknown) rows.push_back(texts[static_cast<std::size_t>(b)]);
      const at::Tensor made = TunedModel::pooled(padRight(rows));
      for (std::size_t i = 0; i < rows.size(); ++i)
        features_[rows[i]] = made[static_cast<std::int64_t>(i)].clone();
    }
    std::vector<at::Tensor> features;
    for (const auto& text : texts) features.push_back(features_.at(text));
    return at::stack(features);
  }

 private:
  mutable std::map<std::vector<std::int64_t>, at::Tensor> features_;  // by the text's tokens
};

class LinearProbe final : public Method {
 public:
  std::unique_ptr<TunedModel> attach(const AttachRequest& request) const override {
    return std::make_unique<ProbeModel>(request);
  }
  std::unique_ptr<TunedModel> reopen(const StoredAdapter& stored) const override {
    return std::make_unique<ProbeModel>(AttachRequest{stored.base, ParamSet(), Seed{}, {}, stored.classes});
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
  info.parameters = trainingParams({.learningRate = 1e-2, .epochs = 30}) + promptParams(kNeutralTemplate);
  return info;
}

std::unique_ptr<Method> makeLinearProbe() { return std::make_unique<linear_probe::LinearProbe>(); }

}  // namespace attune
