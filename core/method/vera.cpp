#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/base/error.h"
#include "core/method/method.h"
#include "core/method/methods.h"
#include "core/method/parameters.h"
#include "core/method/peft_folder.h"
#include "core/method/targets.h"

namespace attune {
namespace vera {

const char* const kA = "base_model.vera_A";
const char* const kB = "base_model.vera_B";

struct Options {
  std::int64_t rank = 256;
  double start = 0.1;    // of every d
  std::int64_t key = 0;  // of the random matrices
  bool storesMatrices = true;
  Targets targets;
};

Options optionsOf(const ParamSet& params, const ModelConfig& base) {
  Options options;
  options.rank = params.getInt("r");
  options.start = params.getDouble("d_initial");
  options.targets = chosenTargets(params, "VERA", base);
  return options;
}

// W·x + b ⊙ (B·(d ⊙ (A·x))): A [rank, widest in], B [widest out, rank] are random, frozen, shared by all
// layers and cut to the layer; d [rank] and b [out], which begins at zero, are learned (Kopiczko et al.
// 2024).
class VeraModel final : public TunedModel {
 public:
  VeraModel(const AttachRequest& request, Options options)
      : TunedModel(request.base), options_(std::move(options)) {
    std::int64_t in = 0, out = 0;
    for (const LinearShape& shape : requireTargets(options_.targets, base().config())) {
      const std::string key = kPeftPrefix + shape.path;
      sites_[shape.path] = {addParameter(key + ".vera_lambda_d", at::full({options_.rank}, options_.start),
                                         /*decays=*/false),
                            addParameter(key + ".vera_lambda_b", at::zeros({shape.out}), /*decays=*/false),
                            shape};
      transposed_ = transposed_ || shape.transposed;
      in = std::max(in, shape.in);
      out = std::max(out, shape.out);
    }
    // The same numbers as PEFT draws from the key (Kaiming, uniform).
    at::Generator random = at::make_generator<at::CPUGeneratorImpl>(static_cast<std::uint64_t>(options_.key));
    const auto drawn = [&](std::int64_t rows, std::int64_t columns) {
      const double bound = std::sqrt(6.0 / static_cast<double>(columns));
      return at::empty({rows, columns}).uniform_(-bound, bound, random);
    };
    a_ = drawn(options_.rank, in);
    b_ = drawn(out, options_.rank);
    addClassHead(kPeftPrefix, request.classes, request.seed);
  }

  Json adapterConfig() const override {
    Json config = Json()
                      .set("peft_type", "VERA")
                      .set("r", options_.rank)
                      .set("d_initial", options_.start)
                      .set("projection_prng_key", options_.key)
                      .set("save_projection", options_.storesMatrices)
                      .set("vera_dropout", 0.0)
                      .set("bias", "none")
                      .set("fan_in_fan_out", transposed_)
                      .set("init_weights", true)
                      .set("modules_to_save", savedHeads(trainsClassHead()));
    writeTargets(config, options_.targets);
    return config;
  }

  TensorMap delta() const override {
    TensorMap delta = TunedModel::delta();
    if (!options_.storesMatrices) return delta;
    delta[kA] = a_.clone();
    delta[kB] = b_.clone();
    return delta;
  }

  void loadDelta(const TensorMap& delta) override {
    TunedModel::loadDelta(delta);
    if (!options_.storesMatrices) return;
    a_ = delta.at(kA).clone();
    b_ = delta.at(kB).clone();
  }

  TensorMap merged() const override {
    const c10::NoGradGuard noGrad;
    TensorMap weights = base().weights();
    for (const auto& [path, site] : sites_) {
      at::Tensor& weight = weights.at(path + ".weight");
      const at::Tensor change =
          site.b.unsqueeze(1) * at::matmul(cutB(site), site.d.unsqueeze(1) * cutA(site));
      weight = weight + (site.shape.transposed ? change.t() : change);
    }
    mergeClassHead(weights);
    return weights;
  }

 private:
  struct Site {
    at::Tensor d, b;
    LinearShape shape;
  };

  at::Tensor cutA(const Site& site) const { return a_.slice(1, 0, site.shape.in); }
  at::Tensor cutB(const Site& site) const { return b_.slice(0, 0, site.shape.out); }

  at::Tensor linear(const std::string& path, const at::Tensor& x, const at::Tensor& weight,
                    const at::Tensor& bias) const override {
    const at::Tensor y = plainLinear(x, weight, bias);
    const auto found = sites_.find(path);
    if (found == sites_.end()) return y;
    const Site& site = found->second;
    return y + at::linear(at::linear(x, cutA(site)) * site.d, cutB(site)) * site.b;
  }

  Options options_;
  bool transposed_ = false;
  std::map<std::string, Site> sites_;
  at::Tensor a_, b_;
};

class Vera final : public Method {
 public:
  std::unique_ptr<TunedModel> attach(const AttachRequest& request) const override {
    return std::make_unique<VeraModel>(request, optionsOf(request.params, request.base->config()));
  }

  std::unique_ptr<TunedModel> reopen(const StoredAdapter& stored) const override {
    Options options;
    options.rank = rankOf(stored.config, "r", 256);
    stored.requireHeld(options.rank);
    options.start = stored.config.numberOr("d_initial", 0.1);
    options.key = stored.config.intOr("projection_prng_key", 0);
    options.storesMatrices = stored.tensors.contains(kA);
    options.targets = readTargets(stored.config, peftDefaultTargets("VERA", stored.base->config()));
    requireNoBias(stored.config);
    return std::make_unique<VeraModel>(stored.request(), std::move(options));
  }
};

}  // namespace vera

MethodInfo veraInfo() {
  MethodInfo info;
  info.name = "vera";
  info.title = "VeRA";
  info.summary = "Gives all layers the same random add-ons and learns only how strong each part is.";
  info.source = "Kopiczko et al. 2024, arXiv:2310.11454; PEFT type VERA";
  info.peftType = "VERA";
  info.encoderRate = 3e-2;
  info.parameters =
      std::vector<ParamSpec>{
          intParam("r", "Rank", "Width of the shared add-on: more can learn more.", 256, 1, 65536),
          doubleParam("d_initial", "Start", "Strength of each part of the add-on at the start.", 0.1, 0, 10,
                      true),
          targetsParam("")} +
      trainingParams({.learningRate = 1e-1, .epochs = 10}) + promptParams(kNeutralTemplate);
  info.work = [](const ParamSet& params, const ModelConfig& base) {
    const vera::Options options = vera::optionsOf(params, base);
    TrainingWork work;
    for (const LinearShape& shape : targetShapes(options.targets, base))
      work.fixed += static_cast<double>(options.rank * (shape.in + shape.out));
    return work;
  };
  info.trainable = [](const ParamSet& params, const ModelConfig& base) {
    const vera::Options options = vera::optionsOf(params, base);
    std::int64_t count = 0;
    for (const LinearShape& shape : targetShapes(options.targets, base)) count += options.rank + shape.out;
    return count;
  };
  info.stored = [](const ParamSet& params, const ModelConfig& base) {
    const vera::Options options = vera::optionsOf(params, base);
    std::int64_t count = 0, in = 0, out = 0;
    for (const LinearShape& shape : targetShapes(options.targets, base)) {
      count += options.rank + shape.out;
      in = std::max(in, shape.in);
      out = std::max(out, shape.out);
    }
    return count + options.rank * (in + out);
  };
  return info;
}

std::unique_ptr<Method> makeVera() { return std::make_unique<vera::Vera>(); }

}  // namespace attune
