#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/GradMode.h>

#include <cmath>
#include <map>

#include "core/base/error.h"
#include "core/method/lora.h"
#include "core/method/method.h"
#include "core/method/methods.h"
#include "core/method/parameters.h"
#include "core/method/peft_folder.h"
#include "core/method/targets.h"
#include "core/model/products.h"

namespace attune {
namespace adalora {

struct Options {
  std::int64_t startRank = 12;
  std::int64_t targetRank = 8;
  double alpha = 16;
  double dropout = 0;
  double orthogonality = 0.5;  // weight of the penalty
  double beta1 = 0.85, beta2 = 0.85;
  // Steps before ranks are taken away, and after the last one is; how many lie between two changes.
  std::int64_t firstSteps = 0, lastSteps = 0, every = 1;
  // Instead of steps: shares of the training. Negative: steps are given.
  double firstShare = -1, lastShare = -1;
  std::int64_t totalSteps = 0;  // 0: as many as training takes
  Targets targets;
};

// W·x + B·diag(E)·A·x · alpha/startRank, A [r, in], E [r, 1], B [out, r]: a decomposition like that of
// singular values, from which the triplets that matter least are taken away while training goes on, over all
// layers together (Zhang et al. 2023; schedule and importance as in PEFT's RankAllocator).
class AdaLoraModel final : public TunedModel {
 public:
  // `ranks`: of stored tensors, by path; empty: all begin at startRank.
  AdaLoraModel(const AttachRequest& request, Options options,
               const std::map<std::string, std::int64_t>& ranks)
      : TunedModel(request.base), options_(std::move(options)) {
    addDropout(options_.dropout, request.seed.sub("lora dropout"));
    at::Generator start = at::make_generator<at::CPUGeneratorImpl>(request.seed.sub("adalora").value);
    for (const LinearShape& shape : requireTargets(options_.targets, base().config())) {
      const auto stored = ranks.find(shape.path);
      const std::int64_t rank = stored == ranks.end() ? options_.startRank : stored->second;
      const std::string key = kPeftPrefix + shape.path;
      Site site;
      site.a = addParameter(key + ".lora_A", at::empty({rank, shape.in}).normal_(0, 0.02, start));
      site.e = addParameter(key + ".lora_E", at::zeros({rank, 1}), /*decays=*/false);
      site.b = addParameter(key + ".lora_B", at::empty({shape.out, rank}).normal_(0, 0.02, start));
      site.kept = addBuffer(at::ones({rank, 1}));
      for (const at::Tensor& t : {site.a, site.e, site.b}) {
        site.importance.push_back(addBuffer(at::zeros(t.sizes())));
        site.uncertainty.push_back(addBuffer(at::zeros(t.sizes())));
      }
      site.transposed = shape.transposed;
      transposed_ = transposed_ || shape.transposed;
      sites_[shape.path] = std::move(site);
    }
    addClassHead(kPeftPrefix, request.classes, request.seed);
  }

  // (0.5 by default) times the mean over all A and B of ‖A·Aᵀ − I‖ and ‖Bᵀ·B − I‖ (Frobenius).
  at::Tensor penalty() const override {
    if (options_.orthogonality <= 0) return {};
    std::vector<at::Tensor> distances;
    for (const auto& [path, site] : sites_)
      for (const at::Tensor& square : {at::matmul(site.a, site.a.t()), at::matmul(site.b.t(), site.b)})
        distances.push_back(at::norm(square - at::eye(square.size(0)), 2));
    return at::stack(distances).mean() * options_.orthogonality;
  }

  void afterStep(std::int64_t step, std::int64_t total, double gradientShare) override {
    const c10::NoGradGuard noGrad;
    if (options_.totalSteps == 0) options_.totalSteps = total;
    const std::int64_t all = options_.totalSteps;
    const auto share = [&](double part) {
      return static_cast<std::int64_t>(part * static_cast<double>(all));
    };
    if (options_.firstShare >= 0) options_.firstSteps = share(options_.firstShare);
    if (options_.lastShare >= 0) options_.lastSteps = share(options_.lastShare);
    const std::int64_t last = all - options_.lastSteps;
    if (step < last) {
      weigh(gradientShare);
      if (step > options_.firstSteps && step % options_.every == 0) keepBest(budgetAt(step, last));
    } else if (step == last) {
      keepBest(options_.targetRank * count());
    } else if (masked_) {
      for (auto& [path, site] : sites_) site.e.mul_(site.kept);
    }
  }

  Json adapterConfig() const override {
    Json config = Json()
                      .set("peft_type", "ADALORA")
                      .set("init_r", options_.startRank)
                      .set("target_r", options_.targetRank)
                      .set("r", 8)
                      .set("lora_alpha", plainNumber(options_.alpha))
                      .set("lora_dropout", options_.dropout)
                      .set("orth_reg_weight", options_.orthogonality)
                      .set("beta1", options_.beta1)
                      .set("beta2", options_.beta2)
                      .set("tinit", options_.firstSteps)
                      .set("tfinal", options_.lastSteps)
                      .set("deltaT", options_.every)
                      .set("total_step", options_.totalSteps)
                      .set("bias", "none")
                      .set("fan_in_fan_out", transposed_)
                      .set("init_lora_weights", true)
                      .set("modules_to_save", savedHeads(trainsClassHead()));
    writeTargets(config, options_.targets);
    return config.set("rank_pattern", masked_ ? rankPattern() : Json());
  }

  // Cut to the triplets that are left.
  TensorMap delta() const override {
    TensorMap delta = TunedModel::delta();
    if (!masked_) return delta;
    for (const auto& [path, site] : sites_) {
      const at::Tensor left = at::nonzero(site.kept.flatten()).flatten();
      const std::string key = kPeftPrefix + path;
      delta[key + ".lora_A"] = site.a.detach().index_select(0, left);
      delta[key + ".lora_E"] = site.e.detach().index_select(0, left);
      delta[key + ".lora_B"] = site.b.detach().index_select(1, left);
    }
    return delta;
  }

  TensorMap merged() const override {
    const c10::NoGradGuard noGrad;
    TensorMap weights = base().weights();
    for (const auto& [path, site] : sites_) {
      at::Tensor& weight = weights.at(path + ".weight");
      const at::Tensor change = at::matmul(site.b, site.a * site.e) * scale();
      weight = weight + (site.transposed ? change.t() : change);
    }
    mergeClassHead(weights);
    return weights;
  }

  // The triplets of a cut folder; what was cut away stays at zero.
  void loadDelta(const TensorMap& delta) override {
    TensorMap whole = delta;
    for (const auto& [path, site] : sites_) {
      const std::string key = kPeftPrefix + path;
      const auto e = delta.find(key + ".lora_E");
      if (e == delta.end() || e->second.dim() != 2 || e->second.size(0) >= site.e.size(0)) continue;
      const std::int64_t missing = site.e.size(0) - e->second.size(0);
      for (const auto& [name, axis] : {std::pair{".lora_A", 0}, {".lora_E", 0}, {".lora_B", 1}}) {
        const auto found = delta.find(key + name);
        if (found == delta.end() || found->second.dim() != 2) continue;
        std::vector<std::int64_t> sizes = found->second.sizes().vec();
        sizes[static_cast<std::size_t>(axis)] = missing;
        whole[key + name] = at::cat({found->second, at::zeros(sizes)}, axis);
      }
    }
    TensorMap wanted = TunedModel::delta();
    requireSame(whole, wanted);
    const c10::NoGradGuard noGrad;
    for (const Parameter& p : parameters()) at::Tensor(p.tensor).copy_(whole.at(p.name));
  }

 private:
  struct Site {
    at::Tensor a, e, b;
    at::Tensor kept;  // [r, 1]: 1 where a triplet is left
    // Of a, e, b: how much the loss feels each number, smoothed, and how much that varies.
    std::vector<at::Tensor> importance, uncertainty;
    bool transposed = false;
  };

  double scale() const { return options_.alpha / (static_cast<double>(options_.startRank) + 1e-5); }
  std::int64_t count() const { return static_cast<std::int64_t>(sites_.size()); }

  // |parameter · gradient|, its running mean, and the running mean of its distance from that.
  void weigh(double share) {
    for (auto& [path, site] : sites_) {
      const at::Tensor tensors[] = {site.a, site.e, site.b};
      for (std::size_t i = 0; i < 3; ++i) {
        const at::Tensor gradient = tensors[i].grad();
        if (!gradient.defined()) continue;
        const at::Tensor now = (tensors[i] * (gradient * share)).abs();
        site.importance[i].mul_(options_.beta1).add_(now, 1 - options_.beta1);
        site.uncertainty[i].mul_(options_.beta2).add_((now - site.importance[i]).abs(), 1 - options_.beta2);
      }
    }
  }

  // Falls with the third power from all triplets to the target.
  std::int64_t budgetAt(std::int64_t step, std::int64_t last) const {
    const auto begin = static_cast<double>(options_.startRank * count());
    const auto end = static_cast<double>(options_.targetRank * count());
    const double left =
        1 - static_cast<double>(step - options_.firstSteps) / static_cast<double>(last - options_.firstSteps);
    return static_cast<std::int64_t>((begin - end) * left * left * left + end);
  }

  // Sets E of all but the `budget` most important triplets to zero.
  void keepBest(std::int64_t budget) {
    std::vector<at::Tensor> scores;
    for (const auto& [path, site] : sites_) {
      const auto score = [&, &s = site](std::size_t i) { return s.importance[i] * s.uncertainty[i]; };
      scores.push_back(score(1).flatten() + score(0).mean(1) + score(2).mean(0));
    }
    const std::int64_t away = options_.startRank * count() - budget;
    if (away < 1) return;
    const at::Tensor threshold = std::get<0>(at::kthvalue(at::cat(scores), away));
    std::size_t i = 0;
    for (auto& [path, site] : sites_) {
      site.kept.copy_(scores[i++].gt(threshold).unsqueeze(1));
      site.e.mul_(site.kept);
    }
    masked_ = true;
  }

  Json rankPattern() const {
    Json pattern = Json::object();
    for (const auto& [path, site] : sites_) {
      Json row = Json::array();
      for (std::int64_t i = 0; i < site.kept.size(0); ++i) row.push(site.kept.data_ptr<float>()[i] != 0);
      pattern.set(path + ".lora_E", std::move(row));
    }
    return pattern;
  }

  at::Tensor linear(const std::string& path, const at::Tensor& x, const at::Tensor& weight,
                    const at::Tensor& bias) const override {
    const auto found = sites_.find(path);
    if (found == sites_.end()) return plainLinear(x, weight, bias);
    const Site& site = found->second;
    const at::Tensor a = site.a * site.e;
    if (!drops()) return lowRankLinear(x, weight, bias, a, site.b, scale());
    return plainLinear(x, weight, bias) + at::linear(at::linear(dropped(x), a), site.b) * scale();
  }

  Options options_;
  bool transposed_ = false;
  bool masked_ = false;
  std::map<std::string, Site> sites_;
};

class AdaLora final : public Method {
 public:
  std::unique_ptr<TunedModel> attach(const AttachRequest& request) const override {
    const ParamSet& params = request.params;
    Options options;
    options.startRank = params.getInt("init_r");
    options.targetRank = params.getInt("target_r");
    if (options.targetRank > options.startRank)
      throw Error(ErrorKind::kUsage,
                  "target_r " + std::to_string(options.targetRank) + " is above init_r " +
                      std::to_string(options.startRank),
                  "Ranks are only taken away: make init_r larger.");
    options.alpha = static_cast<double>(params.getInt("lora_alpha"));
    options.dropout = params.getDouble("lora_dropout");
    options.orthogonality = params.getDouble("orth_reg_weight");
    options.firstShare = params.getDouble("tinit_ratio");
    options.lastShare = params.getDouble("tfinal_ratio");
    options.targets = targetsOf(params.getString("target_modules"));
    return std::make_unique<AdaLoraModel>(request, std::move(options), std::map<std::string, std::int64_t>{});
  }

  std::unique_ptr<TunedModel> reopen(const StoredAdapter& stored) const override {
    const Json& config = stored.config;
    Options options;
    options.startRank = rankOf(config, "init_r", 12);
    options.targetRank = config.intOr("target_r", 8);
    options.alpha = config.numberOr("lora_alpha", 8);
    options.orthogonality = config.numberOr("orth_reg_weight", 0.5);
    options.beta1 = config.numberOr("beta1", 0.85);
    options.beta2 = config.numberOr("beta2", 0.85);
    options.firstSteps = config.intOr("tinit", 0);
    options.lastSteps = config.intOr("tfinal", 0);
    options.every = std::max<std::int64_t>(1, config.intOr("deltaT", 1));
    options.totalSteps = config.intOr("total_step", 0);
    options.targets = readTargets(config, peftDefaultTargets("ADALORA", stored.base->config()));
    requireNoBias(config);
    std::map<std::string, std::int64_t> ranks;
    std::int64_t numbers = 0;
    for (const LinearShape& shape : targetShapes(options.targets, stored.base->config())) {
      const auto found = stored.tensors.find(kPeftPrefix + shape.path + ".lora_E");
      if (found != stored.tensors.end() && found->second.dim() == 2 &&
          found->second.size(0) <= options.startRank)
        ranks[shape.path] = found->second.size(0);
      numbers +=
          (ranks.contains(shape.path) ? ranks[shape.path] : options.startRank) * (shape.in + shape.out);
    }
    stored.requireHeld(numbers);
    return std::make_unique<AdaLoraModel>(stored.request(), std::move(options), ranks);
  }
};

std::int64_t trainable(const ParamSet& params, const ModelConfig& base) {
  std::int64_t count = 0;
  for (const LinearShape& shape : targetShapes(targetsOf(params.getString("target_modules")), base))
    count += params.getInt("init_r") * (shape.in + shape.out + 1);
  return count;
}

}  // namespace adalora

MethodInfo adaLoraInfo() {
  MethodInfo info;
  info.name = "adalora";
  info.title = "AdaLoRA";
  info.summary = "LoRA that gives width to the layers that need it and takes it from those that do not.";
  info.source = "Zhang et al. 2023, arXiv:2303.10512; PEFT type ADALORA";
  info.peftType = "ADALORA";
  info.parameters =
      std::vector<ParamSpec>{
          intParam("init_r", "First rank", "Width of each add-on at the start.", 12, 1, 1024),
          intParam("target_r", "Last rank", "Width of an add-on that is left on average.", 8, 1, 1024),
          intParam("lora_alpha", "Alpha", "Strength of the add-ons, in proportion to the first rank.", 32, 1,
                   10000, true),
          doubleParam("lora_dropout", "Dropout", "Share of the add-ons' inputs left out in training.", 0.0, 0,
                      0.9, true),
          doubleParam("orth_reg_weight", "Independence",
                      "How strongly the directions of an add-on are kept apart.", 0.5, 0, 100, true),
          doubleParam("tinit_ratio", "Start of the cuts",
                      "Share of the steps before any width is taken away.", 0.1, 0, 1, true),
          doubleParam("tfinal_ratio", "After the cuts", "Share of the steps with the widths that are left.",
                      0.3, 0, 1, true),
          targetsParam("all-linear")} +
      trainingParams({.learningRate = 1e-2, .epochs = 10}) + promptParams(kNeutralTemplate);
  info.work = [](const ParamSet& params, const ModelConfig& base) {
    return TrainingWork{.extra = static_cast<double>(adalora::trainable(params, base))};
  };
  info.trainable = adalora::trainable;
  return info;
}

std::unique_ptr<Method> makeAdaLora() { return std::make_unique<adalora::AdaLora>(); }

}  // namespace attune
