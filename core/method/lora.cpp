#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/method/method.h"
#include "core/method/methods.h"
#include "core/method/parameters.h"

namespace attune {
namespace lora {

const char* const kPrefix = "base_model.model.";

std::vector<std::string> targetNames(const ParamSet& params) {
  std::vector<std::string> names;
  for (const std::string& part : splitText(params.getString("target_modules"), ','))
    if (const auto name = trim(part); !name.empty()) names.emplace_back(name);
  return names;
}

// A target names a layer by its whole path or by the end of it, as in PEFT; "all-linear" is every layer.
std::vector<LinearShape> targetShapes(const std::vector<std::string>& targets, const ModelConfig& config) {
  std::vector<LinearShape> shapes = linearShapes(config);
  std::erase_if(shapes, [&](const LinearShape& shape) {
    return std::none_of(targets.begin(), targets.end(), [&](const std::string& target) {
      return target == "all-linear" || shape.path == target || shape.path.ends_with("." + target);
    });
  });
  return shapes;
}

// The last names of the layers' paths, each once: "q_proj, k_proj, …".
std::string layerNames(const ModelConfig& config) {
  std::vector<std::string> names;
  for (const LinearShape& shape : linearShapes(config)) {
    const std::string name = shape.path.substr(shape.path.rfind('.') + 1);
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return joinText(names, ", ");
}

// h = W·x + b + (alpha / r)·B·(A·x), A [r, in], B [out, r] (Hu et al. 2021). A is uniform in ±1/√in, B zero.
class LoraModel final : public TunedModel {
 public:
  explicit LoraModel(const AttachRequest& request)
      : TunedModel(request.base),
        rank_(request.params.getInt("r")),
        alpha_(request.params.getInt("lora_alpha")),
        dropout_(request.params.getDouble("lora_dropout")),
        dropoutGenerator_(at::make_generator<at::CPUGeneratorImpl>(request.seed.sub("lora dropout").value)),
        targets_(targetNames(request.params)) {
    at::Generator start = at::make_generator<at::CPUGeneratorImpl>(request.seed.sub("lora").value);
    for (const LinearShape& shape : targetShapes(targets_, request.base->config())) {
      const double bound = 1.0 / std::sqrt(static_cast<double>(shape.in));
      const at::Tensor a = at::empty({rank_, shape.in}).uniform_(-bound, bound, start);
      sites_[shape.path] = {
          addParameter(kPrefix + shape.path + ".lora_A.weight", a),
          addParameter(kPrefix + shape.path + ".lora_B.weight", at::zeros({shape.out, rank_})),
          shape.transposed};
      transposed_ = transposed_ || shape.transposed;
    }
    addClassHead(kPrefix, request.classes, request.seed);
    if (sites_.empty())
      throw Error(
          ErrorKind::kUsage,
          "target_modules '" + request.params.getString("target_modules") + "' match no layer of this model",
          "Layers: " + layerNames(request.base->config()) + "; or all-linear.");
  }

  Json adapterConfig() const override {
    return Json()
        .set("peft_type", "LORA")
        .set("r", rank_)
        .set("lora_alpha", alpha_)
        .set("lora_dropout", dropout_)
        .set("target_modules",
             targets_ == std::vector<std::string>{"all-linear"} ? Json("all-linear") : Json::list(targets_))
        .set("bias", "none")
        .set("fan_in_fan_out", transposed_)
        .set("use_rslora", false)
        .set("use_dora", false)
        .set("init_lora_weights", true)
        .set("modules_to_save",
             hasClassHead() ? Json::list(std::vector<std::string>{"classifier", "score"}) : Json());
  }

  TensorMap merged() const override {
    const c10::NoGradGuard noGrad;
    TensorMap weights = base().weights();
    for (const auto& [path, site] : sites_) {
      at::Tensor& weight = weights.at(path + ".weight");
      const at::Tensor change = at::matmul(site.b, site.a) * scale();
      weight = weight + (site.transposed ? change.t() : change);
    }
    mergeClassHead(weights);
    return weights;
  }

 private:
  struct Site {
    at::Tensor a, b;
    bool transposed = false;  // the base's weight is [in, out]
  };

  double scale() const { return static_cast<double>(alpha_) / static_cast<double>(rank_); }

  at::Tensor linear(const std::string& path, const at::Tensor& x, const at::Tensor& weight,
                    const at::Tensor& bias) const override {
    const at::Tensor y = bias.defined() ? at::linear(x, weight, bias) : at::linear(x, weight);
    const auto found = sites_.find(path);
    if (found == sites_.end()) return y;
    at::Tensor input = x;
    if (isTraining() && dropout_ > 0)
      input = x * at::empty_like(x).bernoulli_(1 - dropout_, dropoutGenerator_) / (1 - dropout_);
    return y + at::linear(at::linear(input, found->second.a), found->second.b) * scale();
  }

  std::int64_t rank_;
  std::int64_t alpha_;
  double dropout_;
  mutable at::Generator dropoutGenerator_;
  std::vector<std::string> targets_;
  bool transposed_ = false;
  std::map<std::string, Site> sites_;
};

class Lora final : public Method {
 public:
  std::unique_ptr<TunedModel> attach(const AttachRequest& request) const override {
    return std::make_unique<LoraModel>(request);
  }
};

}  // namespace lora

MethodInfo loraInfo() {
  MethodInfo info;
  info.name = "lora";
  info.title = "LoRA";
  info.summary = "Learns small add-ons to the model's layers; the model itself stays as it is.";
  info.source = "Hu et al. 2021, arXiv:2106.09685; PEFT type LORA";
  info.parameters =
      std::vector<ParamSpec>{
          intParam("r", "Rank", "Width of each add-on: more can learn more.", 8, 1, 1024),
          intParam("lora_alpha", "Alpha", "Strength of the add-ons; alpha / rank is their factor.", 16, 1,
                   10000, true),
          doubleParam("lora_dropout", "Dropout", "Share of the add-ons' inputs left out in training.", 0.0, 0,
                      0.9, true),
          stringParam("target_modules", "Layers",
                      "Which layers get an add-on: names with commas between, or all-linear.", "all-linear",
                      true)} +
      trainingParams({.learningRate = 3e-3, .epochs = 10, .weightDecay = 0.0}) +
      promptParams(kNeutralTemplate);
  info.trainable = [](const ParamSet& params, const ModelConfig& base) {
    std::int64_t count = 0;
    for (const LinearShape& shape : lora::targetShapes(lora::targetNames(params), base))
      count += params.getInt("r") * (shape.in + shape.out);
    return count;
  };
  return info;
}

std::unique_ptr<Method> makeLora() { return std::make_unique<lora::Lora>(); }

}  // namespace attune
