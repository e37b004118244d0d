#include "core/method/lora.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/GradMode.h>

#include <cmath>
#include <map>

#include "core/base/error.h"
#include "core/base/pattern.h"
#include "core/method/methods.h"
#include "core/method/parameters.h"
#include "core/method/peft_folder.h"
#include "core/model/products.h"
#include "core/model/table.h"

namespace attune {
namespace lora {

// The value for `path`: that of the first pattern that fits its end, else `common`.
template <typename T>
T patterned(const std::vector<std::pair<std::string, T>>& patterns, const std::string& path, T common) {
  for (const auto& [expression, value] : patterns)
    if (Pattern("(.*\\.)?(" + expression + ")").matches(path)) return value;
  return common;
}

// Length of each row of W [out, in].
at::Tensor rowLengths(const at::Tensor& weight) { return weight.norm(2, 1); }

// h = W·x + b + s·B·(A·x), A [r, in], B [out, r] (Hu et al. 2021). A is uniform in ±1/√in, B zero.
// DoRA: h = m/‖W + s·B·A‖ ⊙ (W + s·B·A)·x + b, lengths by row and without a gradient, m learned.
class LoraModel final : public TunedModel {
 public:
  LoraModel(const AttachRequest& request, LoraOptions options)
      : TunedModel(request.base), options_(std::move(options)) {
    addDropout(options_.dropout, request.seed.sub("lora dropout"));
    at::Generator start = at::make_generator<at::CPUGeneratorImpl>(request.seed.sub("lora").value);
    addEmbedding(start);
    const auto shapes = table_.a.defined() ? targetShapes(options_.targets, base().config())
                                           : requireTargets(options_.targets, base().config());
    for (const LinearShape& shape : shapes) addSite(shape, start);
    if (options_.bias != "none") addBiases();
    for (const std::string& module : options_.savedModules) addModule(module);
    addClassHead(kPeftPrefix, request.classes, request.seed);
  }

  Json adapterConfig() const override {
    Json ranks = Json::object(), alphas = Json::object();
    for (const auto& [expression, rank] : options_.rankPattern) ranks.set(expression, rank);
    for (const auto& [expression, alpha] : options_.alphaPattern) alphas.set(expression, plainNumber(alpha));
    std::vector<std::string> saved = options_.savedModules;
    if (trainsClassHead()) saved.insert(saved.begin(), {"classifier", "score"});
    Json config = Json()
                      .set("peft_type", "LORA")
                      .set("r", options_.rank)
                      .set("lora_alpha", plainNumber(options_.alpha))
                      .set("lora_dropout", options_.dropout)
                      .set("rank_pattern", std::move(ranks))
                      .set("alpha_pattern", std::move(alphas))
                      .set("bias", options_.bias)
                      .set("fan_in_fan_out", transposed_)
                      .set("use_rslora", options_.rankStabilised)
                      .set("use_dora", options_.decomposed)
                      .set("init_lora_weights", true)
                      .set("modules_to_save", saved.empty() ? Json() : Json::list(saved));
    writeTargets(config, options_.targets);
    return config;
  }

  TensorMap delta() const override {
    TensorMap delta = TunedModel::delta();
    // PEFT keeps the base's matrix beside an add-on to it, and a head's biases under three names.
    if (table_.a.defined())
      delta[kPeftPrefix + tablePath() + ".base_layer.weight"] = base().weights().at(tablePath() + ".weight");
    if (const auto bias = headBias(); options_.bias == "all" && !bias.empty()) {
      const std::string path = kPeftPrefix + bias.substr(0, bias.rfind('.'));
      const at::Tensor trained = delta.at(kPeftPrefix + bias);
      const auto own = base().weights().find(bias);
      delta[path + ".modules_to_save.bias"] = trained.clone();
      delta[path + ".original_module.bias"] =
          own == base().weights().end() ? at::zeros_like(trained) : own->second.clone();
    }
    return delta;
  }

  TensorMap merged() const override {
    const c10::NoGradGuard noGrad;
    // A matrix that is the head's as well cannot take an add-on of the embedding alone.
    if (table_.a.defined() && base().headName() == base().embeddingName()) return {};
    TensorMap weights = base().weights();
    for (const auto& [name, tensor] : replaced_) weights[name] = tensor.detach();
    for (const auto& [path, site] : sites_) {
      at::Tensor& weight = weights.at(path + ".weight");
      at::Tensor sum = (site.transposed ? weight.t() : weight) + at::matmul(site.b, site.a) * site.scale;
      if (options_.decomposed) sum = sum * (site.magnitude / rowLengths(sum)).unsqueeze(1);
      weight = site.transposed ? sum.t().contiguous() : sum;
    }
    if (table_.a.defined()) {
      at::Tensor& weight = weights.at(tablePath() + ".weight");
      weight = weight + at::matmul(table_.b, table_.a).t() * table_.scale;
    }
    mergeClassHead(weights);
    return weights;
  }

 private:
  struct Site {
    at::Tensor a, b;
    at::Tensor magnitude;  // DoRA: [out]
    at::Tensor squares;    // DoRA: squared lengths of the base's rows [out]
    double scale = 1;
    bool transposed = false;  // the base's weight is [in, out]
  };

  std::string tablePath() const {
    const std::string name = base().embeddingName();
    return name.substr(0, name.rfind('.'));
  }

  std::string headBias() const {
    if (!trainsClassHead() || !classHead().bias.defined()) return {};
    const std::string weight = base().classHeadName();
    return weight.substr(0, weight.rfind('.')) + ".bias";
  }

  // Rank and factor of the add-on at `path`.
  std::pair<std::int64_t, double> strength(const std::string& path) const {
    const std::int64_t rank = patterned(options_.rankPattern, path, options_.rank);
    const double alpha = patterned(options_.alphaPattern, path, options_.alpha);
    const auto r = static_cast<double>(rank);
    return {rank, alpha / (options_.rankStabilised ? std::sqrt(r) : r)};
  }

  void addSite(const LinearShape& shape, at::Generator& start) {
    const auto [rank, scale] = strength(shape.path);
    const double bound = 1.0 / std::sqrt(static_cast<double>(shape.in));
    const at::Tensor a = at::empty({rank, shape.in}).uniform_(-bound, bound, start);
    const std::string key = kPeftPrefix + shape.path;
    Site site;
    site.a = addParameter(key + ".lora_A.weight", a);
    site.b = addParameter(key + ".lora_B.weight", at::zeros({shape.out, rank}));
    site.scale = scale;
    site.transposed = shape.transposed;
    if (options_.decomposed) {
      const at::Tensor& stored = base().weights().at(shape.path + ".weight");
      const at::Tensor own = rowLengths(shape.transposed ? stored.t() : stored);
      site.magnitude = addParameter(key + ".lora_magnitude_vector", own, /*decays=*/false);
      site.squares = own * own;
    }
    transposed_ = transposed_ || shape.transposed;
    sites_[shape.path] = site;
  }

  void addEmbedding(at::Generator& start) {
    if (!options_.targets.match(tablePath(), false)) return;
    const at::Tensor& stored = base().weights().at(base().embeddingName());
    const auto [rank, scale] = strength(tablePath());
    const std::string key = kPeftPrefix + tablePath();
    table_.a = addParameter(key + ".lora_embedding_A", at::zeros({rank, stored.size(0)}));
    table_.b =
        addParameter(key + ".lora_embedding_B", at::empty({stored.size(1), rank}).normal_(0, 1, start));
    table_.scale = scale;
  }

  void addBiases() {
    for (const auto& [name, tensor] : base().weights()) {
      if (name.find("bias") == std::string::npos || name.starts_with("classifier.")) continue;
      const std::string path = name.substr(0, name.rfind('.'));
      const bool wrapped = sites_.contains(path);
      if (options_.bias == "lora_only" && !wrapped) continue;
      const std::string key = wrapped ? path + ".base_layer.bias" : name;
      replaced_[name] = addParameter(kPeftPrefix + key, tensor, /*decays=*/false);
    }
  }

  void addModule(const std::string& module) {
    bool found = false;
    for (const auto& [name, tensor] : base().weights()) {
      if (!endsWithName(name.substr(0, name.rfind('.')), module)) continue;
      replaced_[name] = addParameter(kPeftPrefix + name, tensor, tensor.dim() >= 2);
      found = true;
    }
    if (!found)
      throw Error(ErrorKind::kUnsupported,
                  "modules_to_save names '" + module + "', which this base does not have",
                  "Use an adapter made without it, or the base that it was made for.");
  }

  at::Tensor weight(const std::string& name, const at::Tensor& stored) const override {
    const auto found = replaced_.find(name);
    return found == replaced_.end() ? stored : found->second;
  }

  at::Tensor embedding(const std::string& name, const at::Tensor& ids,
                       const at::Tensor& table) const override {
    const at::Tensor rows = tableRows(table, ids);
    if (!table_.a.defined() || name != base().embeddingName()) return rows;
    return rows + at::linear(at::embedding(table_.a.t(), ids), table_.b) * table_.scale;
  }

  // ‖W + s·B·A‖ by rows, from ‖W‖², W·Aᵀ and A·Aᵀ: the sum itself, as large as W, is not made.
  at::Tensor lengths(const Site& site, const at::Tensor& weight) const {
    const c10::NoGradGuard noGrad;
    const at::Tensor mixed =
        at::mm(weight, site.a.t()) * 2 + at::mm(site.b, at::mm(site.a, site.a.t())) * site.scale;
    return (site.squares + (site.b * mixed).sum(1) * site.scale).clamp_min(0).sqrt();
  }

  at::Tensor linear(const std::string& path, const at::Tensor& x, const at::Tensor& weight,
                    const at::Tensor& bias) const override {
    const auto found = sites_.find(path);
    if (found == sites_.end()) return plainLinear(x, weight, bias);
    const Site& site = found->second;
    const bool drops = this->drops();
    const at::Tensor input = dropped(x);
    const at::Tensor none;
    const at::Tensor change =
        drops ? at::linear(at::linear(input, site.a), site.b) * site.scale : at::Tensor();
    if (!options_.decomposed)
      return drops ? plainLinear(x, weight, bias) + change
                   : lowRankLinear(x, weight, bias, site.a, site.b, site.scale);

    const at::Tensor factor = site.magnitude / lengths(site, weight);
    const at::Tensor y = drops ? plainLinear(x, weight, none) +
                                     (factor - 1) * plainLinear(input, weight, none) + factor * change
                               : factor * lowRankLinear(x, weight, none, site.a, site.b, site.scale);
    return bias.defined() ? y + bias : y;
  }

  LoraOptions options_;
  bool transposed_ = false;
  std::map<std::string, Site> sites_;
  Site table_;                                  // of the embedding; undefined: none
  std::map<std::string, at::Tensor> replaced_;  // trained copies of the base's own tensors
};

template <typename T>
std::vector<std::pair<std::string, T>> readPatterns(const Json& config, const char* key,
                                                    T (Json::*value)() const) {
  std::vector<std::pair<std::string, T>> patterns;
  if (const Json* object = config.find(key); object && !object->isNull())
    for (const auto& [expression, json] : object->members())
      patterns.emplace_back(expression, (json.*value)());
  return patterns;
}

LoraOptions readOptions(const Json& config, const ModelConfig& base) {
  LoraOptions options;
  options.rank = rankOf(config, "r", 8);
  options.alpha = config.numberOr("lora_alpha", 8);
  options.rankStabilised = config.boolOr("use_rslora", false);
  options.decomposed = config.boolOr("use_dora", false);
  options.targets = readTargets(config, peftDefaultTargets("LORA", base));
  options.rankPattern = readPatterns<std::int64_t>(config, "rank_pattern", &Json::asInt);
  options.alphaPattern = readPatterns<double>(config, "alpha_pattern", &Json::asDouble);
  options.bias = config.stringOr("bias", "none");
  options.savedModules = savedModules(config);
  if (options.bias != "none" && options.bias != "lora_only" && options.bias != "all")
    throw Error(ErrorKind::kUnsupported, "bias '" + options.bias + "' is not supported",
                "Supported: none, lora_only, all.");
  for (const auto& [expression, rank] : options.rankPattern) rankOf(Json().set("r", rank), "r", 0);  // throws
  return options;
}

// LoRA and its relatives differ in two switches.
class Lora final : public Method {
 public:
  explicit Lora(bool rankStabilised = false, bool decomposed = false)
      : rankStabilised_(rankStabilised), decomposed_(decomposed) {}

  std::unique_ptr<TunedModel> attach(const AttachRequest& request) const override {
    LoraOptions options;
    options.rank = request.params.getInt("r");
    options.alpha = static_cast<double>(request.params.getInt("lora_alpha"));
    options.dropout = request.params.getDouble("lora_dropout");
    options.targets = targetsOf(request.params.getString("target_modules"));
    options.rankStabilised = rankStabilised_;
    options.decomposed = decomposed_;
    return makeLoraModel(request, options);
  }

  std::unique_ptr<TunedModel> reopen(const StoredAdapter& stored) const override {
    const ModelConfig& base = stored.base->config();
    const LoraOptions options = readOptions(stored.config, base);
    std::int64_t numbers = 0;
    for (const LinearShape& shape : targetShapes(options.targets, base))
      numbers += patterned(options.rankPattern, shape.path, options.rank) * (shape.in + shape.out);
    stored.requireHeld(numbers);
    return makeLoraModel(stored.request(), options);
  }

 private:
  bool rankStabilised_;
  bool decomposed_;
};

std::int64_t trainable(const ParamSet& params, const ModelConfig& base) {
  std::int64_t count = 0;
  for (const LinearShape& shape : targetShapes(targetsOf(params.getString("target_modules")), base))
    count += params.getInt("r") * (shape.in + shape.out);
  return count;
}

std::vector<ParamSpec> parameters(const TrainingDefaults& defaults) {
  return std::vector<ParamSpec>{
             intParam("r", "Rank", "Width of each add-on: more can learn more.", 8, 1, 1024),
             intParam("lora_alpha", "Alpha", "Strength of the add-ons, in proportion to the rank.", 16, 1,
                      10000, true),
             doubleParam("lora_dropout", "Dropout", "Share of the add-ons' inputs left out in training.", 0.0,
                         0, 0.9, true),
             targetsParam("all-linear")} +
         trainingParams(defaults) + promptParams(kNeutralTemplate);
}

}  // namespace lora

std::unique_ptr<TunedModel> makeLoraModel(const AttachRequest& request, const LoraOptions& options) {
  return std::make_unique<lora::LoraModel>(request, options);
}

Json plainNumber(double value) {
  if (std::abs(value) < 1e15 && value == std::floor(value)) return static_cast<std::int64_t>(value);
  return value;
}

MethodInfo loraInfo() {
  MethodInfo info;
  info.name = "lora";
  info.title = "LoRA";
  info.summary = "Learns small add-ons to the model's layers; the model itself stays as it is.";
  info.source = "Hu et al. 2021, arXiv:2106.09685; PEFT type LORA";
  info.peftType = "LORA";
  info.usual = true;
  info.parameters = lora::parameters({.learningRate = 3e-3, .epochs = 10});
  info.encoderRate = 6e-4;
  info.trainable = lora::trainable;
  info.work = [](const ParamSet& params, const ModelConfig& base) {
    return TrainingWork{.extra = static_cast<double>(lora::trainable(params, base))};
  };
  return info;
}

MethodInfo rsLoraInfo() {
  MethodInfo info = loraInfo();
  info.name = "rslora";
  info.title = "rsLoRA";
  info.summary = "LoRA whose add-ons keep their strength when they get wider.";
  info.source = "Kalajdzievski 2023, arXiv:2312.03732; PEFT type LORA with use_rslora";
  info.usual = false;
  info.peftType.clear();  // its folders say LORA, which opens all three
  info.parameters = lora::parameters({.learningRate = 2e-3, .epochs = 10});
  return info;
}

MethodInfo doraInfo() {
  MethodInfo info = loraInfo();
  info.name = "dora";
  info.title = "DoRA";
  info.summary = "LoRA that learns the length and the direction of the weights apart.";
  info.source = "Liu et al. 2024, arXiv:2402.09353; PEFT type LORA with use_dora";
  info.usual = false;
  info.peftType.clear();
  info.trainable = [](const ParamSet& params, const ModelConfig& base) {
    std::int64_t count = lora::trainable(params, base);
    for (const LinearShape& shape : targetShapes(targetsOf(params.getString("target_modules")), base))
      count += shape.out;
    return count;
  };
  return info;
}

std::unique_ptr<Method> makeLora() { return std::make_unique<lora::Lora>(); }
std::unique_ptr<Method> makeRsLora() { return std::make_unique<lora::Lora>(true, false); }
std::unique_ptr<Method> makeDora() { return std::make_unique<lora::Lora>(false, true); }

}  // namespace attune
