#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <map>

#include "core/base/error.h"
#include "core/method/method.h"
#include "core/method/methods.h"
#include "core/method/parameters.h"
#include "core/method/peft_folder.h"
#include "core/method/targets.h"

namespace attune {
namespace ia3 {

// Which layers are scaled, and which of them by their input.
struct Options {
  Targets targets;
  std::vector<std::string> feedForward;

  // PEFT matches these at the end of a path without a dot before them.
  bool scalesInput(const std::string& path) const {
    return std::any_of(feedForward.begin(), feedForward.end(),
                       [&](const std::string& name) { return path.ends_with(name); });
  }
};

std::string defaultFeedForward(const ModelConfig& config) {
  if (config.family == "t5") return "wo";
  if (config.family == "bert") return "output.dense";
  return config.family == "gpt2" ? "mlp.c_proj" : "down_proj";
}

Options optionsOf(const ParamSet& params, const ModelConfig& base) {
  return {chosenTargets(params, "IA3", base), targetsOf(defaultFeedForward(base)).names};
}

// Attention layers: h = l ⊙ (W·x + b), l [out, 1]. Feed-forward layers: h = W·(l ⊙ x) + b, l [1, in]. All l
// begin at 1 (Liu et al. 2022).
class Ia3Model final : public TunedModel {
 public:
  Ia3Model(const AttachRequest& request, Options options)
      : TunedModel(request.base), options_(std::move(options)) {
    for (const LinearShape& shape : requireTargets(options_.targets, base().config())) {
      const bool input = options_.scalesInput(shape.path);
      const std::vector<std::int64_t> sizes =
          input ? std::vector<std::int64_t>{1, shape.in} : std::vector<std::int64_t>{shape.out, 1};
      sites_[shape.path] = {
          addParameter(kPeftPrefix + shape.path + ".ia3_l", at::ones(sizes), /*decays=*/false), input,
          shape.transposed};
      transposed_ = transposed_ || shape.transposed;
    }
    addClassHead(kPeftPrefix, request.classes, request.seed);
  }

  Json adapterConfig() const override {
    Json config = Json()
                      .set("peft_type", "IA3")
                      .set("feedforward_modules", Json::list(options_.feedForward))
                      .set("fan_in_fan_out", transposed_)
                      .set("init_ia3_weights", true)
                      .set("modules_to_save", savedHeads(trainsClassHead()));
    writeTargets(config, options_.targets);
    return config;
  }

  TensorMap merged() const override {
    const c10::NoGradGuard noGrad;
    TensorMap weights = base().weights();
    for (const auto& [path, site] : sites_) {
      at::Tensor& weight = weights.at(path + ".weight");
      weight = weight * (site.transposed ? site.scale.t() : site.scale);
      const auto bias = weights.find(path + ".bias");
      if (bias != weights.end() && !site.input) bias->second = bias->second * site.scale.flatten();
    }
    mergeClassHead(weights);
    return weights;
  }

 private:
  struct Site {
    at::Tensor scale;
    bool input = false;
    bool transposed = false;
  };

  at::Tensor linear(const std::string& path, const at::Tensor& x, const at::Tensor& weight,
                    const at::Tensor& bias) const override {
    const auto found = sites_.find(path);
    if (found == sites_.end()) return plainLinear(x, weight, bias);
    const at::Tensor scale = found->second.scale.flatten();
    return found->second.input ? plainLinear(x * scale, weight, bias) : plainLinear(x, weight, bias) * scale;
  }

  Options options_;
  bool transposed_ = false;
  std::map<std::string, Site> sites_;
};

class Ia3 final : public Method {
 public:
  std::unique_ptr<TunedModel> attach(const AttachRequest& request) const override {
    return std::make_unique<Ia3Model>(request, optionsOf(request.params, request.base->config()));
  }

  std::unique_ptr<TunedModel> reopen(const StoredAdapter& stored) const override {
    const ModelConfig& base = stored.base->config();
    Options options{readTargets(stored.config, peftDefaultTargets("IA3", base)),
                    targetsOf(defaultFeedForward(base)).names};
    if (const Json* list = stored.config.find("feedforward_modules"); list && list->isArray()) {
      options.feedForward.clear();
      for (const Json& name : list->items()) options.feedForward.push_back(name.asString());
    } else if (list && list->isString()) {
      throw Error(ErrorKind::kUnsupported, "feedforward_modules as a regular expression is not supported",
                  "Save the adapter with a list of layer names.");
    }
    return std::make_unique<Ia3Model>(stored.request(), std::move(options));
  }
};

}  // namespace ia3

MethodInfo ia3Info() {
  MethodInfo info;
  info.name = "ia3";
  info.title = "(IA)³";
  info.summary = "Learns to turn parts of the model up or down, with one number for each.";
  info.source = "Liu et al. 2022, arXiv:2205.05638; PEFT type IA3";
  info.peftType = "IA3";
  info.encoderRate = 3e-2;
  info.parameters = std::vector<ParamSpec>{targetsParam("")} +
                    trainingParams({.learningRate = 1e-1, .epochs = 10}) + promptParams(kNeutralTemplate);
  info.trainable = [](const ParamSet& params, const ModelConfig& base) {
    const ia3::Options options = ia3::optionsOf(params, base);
    std::int64_t count = 0;
    for (const LinearShape& shape : targetShapes(options.targets, base))
      count += options.scalesInput(shape.path) ? shape.in : shape.out;
    return count;
  };
  return info;
}

std::unique_ptr<Method> makeIa3() { return std::make_unique<ia3::Ia3>(); }

}  // namespace attune
