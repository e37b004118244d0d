#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/GradMode.h>

#include <cmath>
#include <map>

#include "core/base/error.h"
#include "core/method/method.h"
#include "core/method/methods.h"
#include "core/method/parameters.h"

namespace attune {
namespace adapter {

// Where the modules stand and what they are made of.
struct Options {
  std::string kind = "pfeiffer";  // "houlsby": behind every sub-layer, "pfeiffer": behind the feed-forward
                                  // parts, "parallel": beside them
  std::int64_t width = 64;
  std::string activation = "relu";  // "relu", "gelu", "silu"

  bool standsAt(const std::string& place) const { return kind == "houlsby" || place.ends_with(".ffn"); }
};

constexpr double kParallelScale = 4;

Options optionsOf(const ParamSet& params) {
  return {params.getString("adapter_type"), params.getInt("bottleneck_size"),
          params.getString("non_linearity")};
}

at::Tensor activated(const std::string& activation, const at::Tensor& x) {
  if (activation == "gelu") return at::gelu(x);
  return activation == "silu" ? at::silu(x) : at::relu(x);
}

// y + U·φ(D·y + d) + u behind a sub-layer's output y, D [width, hidden] (Houlsby et al. 2019, Pfeiffer et al.
// 2020); beside it, from its input x: y + 4·(U·φ(D·x + d) + u) (He et al. 2022). U begins at zero.
class AdapterModel final : public TunedModel {
 public:
  AdapterModel(const AttachRequest& request, Options options)
      : TunedModel(request.base), options_(std::move(options)) {
    const std::int64_t hidden = base().config().hidden;
    at::Generator start = at::make_generator<at::CPUGeneratorImpl>(request.seed.sub("adapter").value);
    const double bound = 1.0 / std::sqrt(static_cast<double>(hidden));
    for (const std::string& place : sublayers(base().config())) {
      if (!options_.standsAt(place)) continue;
      const at::Tensor down = at::empty({options_.width, hidden}).uniform_(-bound, bound, start);
      const std::string key = place + "_adapter.";
      modules_[place] = {addParameter(key + "down.weight", down),
                         addParameter(key + "down.bias", at::zeros({options_.width}), /*decays=*/false),
                         addParameter(key + "up.weight", at::zeros({hidden, options_.width})),
                         addParameter(key + "up.bias", at::zeros({hidden}), /*decays=*/false)};
    }
    addClassHead("", request.classes, request.seed);
  }

  Json adapterConfig() const override {
    return Json()
        .set("attune_method", "adapter")
        .set("adapter_type", options_.kind)
        .set("bottleneck_size", options_.width)
        .set("non_linearity", options_.activation);
  }

 private:
  struct Module {
    at::Tensor down, downBias, up, upBias;
  };

  at::Tensor sublayer(const std::string& place, const at::Tensor& x, const at::Tensor& y) const override {
    const auto found = modules_.find(place);
    if (found == modules_.end()) return y;
    const Module& m = found->second;
    const bool beside = options_.kind == "parallel";
    const at::Tensor inner = activated(options_.activation, at::linear(beside ? x : y, m.down, m.downBias));
    const at::Tensor change = at::linear(inner, m.up, m.upBias);
    return beside ? y + change * kParallelScale : y + change;
  }

  Options options_;
  std::map<std::string, Module> modules_;
};

std::int64_t trainable(const ParamSet& params, const ModelConfig& base) {
  const Options options = optionsOf(params);
  std::int64_t count = 0;
  for (const std::string& place : sublayers(base))
    if (options.standsAt(place)) count += 2 * base.hidden * options.width + options.width + base.hidden;
  return count;
}

class Adapter final : public Method {
 public:
  std::unique_ptr<TunedModel> attach(const AttachRequest& request) const override {
    return std::make_unique<AdapterModel>(request, optionsOf(request.params));
  }

  std::unique_ptr<TunedModel> reopen(const StoredAdapter& stored) const override {
    ParamSet params(adapterInfo().parameters);
    params.set("adapter_type", stored.config.at("adapter_type").asString());
    params.set("bottleneck_size", stored.config.at("bottleneck_size").asInt());
    params.set("non_linearity", stored.config.at("non_linearity").asString());
    stored.requireHeld(trainable(params, stored.base->config()));
    return attach({stored.base, params, Seed{}, {}, stored.classes});
  }
};

}  // namespace adapter

MethodInfo adapterInfo() {
  MethodInfo info;
  info.name = "adapter";
  info.title = "Bottleneck adapters";
  info.summary = "Puts small trained layers between the model's own.";
  info.source =
      "Houlsby et al. 2019, arXiv:1902.00751; Pfeiffer et al. 2020, arXiv:2005.00247; He et al. 2022, "
      "arXiv:2110.04366";
  info.parameters =
      std::vector<ParamSpec>{
          choiceParam("adapter_type", "Places",
                      "houlsby: behind attention and feed-forward parts; pfeiffer: behind feed-forward "
                      "parts; parallel: beside feed-forward parts.",
                      "pfeiffer", {"houlsby", "pfeiffer", "parallel"}),
          intParam("bottleneck_size", "Width", "Width of the small layers: more can learn more.", 64, 1,
                   65536),
          choiceParam("non_linearity", "Activation", "The bend between the two halves of a small layer.",
                      "relu", {"relu", "gelu", "silu"}, true)} +
      trainingParams({.learningRate = 1e-2, .epochs = 10}) + promptParams(kNeutralTemplate);
  info.encoderRate = 5e-3;
  info.work = [](const ParamSet& params, const ModelConfig& base) {
    const auto layers = static_cast<double>(base.layers);  // the first stands before all that is trained
    return TrainingWork{.through = (layers - 1) / layers,
                        .extra = static_cast<double>(adapter::trainable(params, base))};
  };
  info.trainable = adapter::trainable;
  return info;
}

std::unique_ptr<Method> makeAdapter() { return std::make_unique<adapter::Adapter>(); }

}  // namespace attune
