#include <ATen/ATen.h>

#include <map>

#include "core/base/error.h"
#include "core/method/copied_weights.h"
#include "core/method/method.h"
#include "core/method/methods.h"
#include "core/method/parameters.h"
#include "core/method/peft_folder.h"
#include "core/method/targets.h"
#include "core/model/family.h"

namespace attune {
namespace bitfit {

bool isBias(const std::string& name) { return name.ends_with(".bias") && !name.starts_with("classifier."); }

bool hasBiases(const ModelConfig& base) {
  for (const ExpectedTensor& tensor : familyOf(base).tensors(base, nullptr))
    if (isBias(tensor.name)) return true;
  return false;
}

// Trained copies of the biases (Ben Zaken et al. 2022). A model without any gets one of zeros on every linear
// layer, as in Liu et al. 2022.
class BiasModel final : public CopiedWeightsModel {
 public:
  explicit BiasModel(const AttachRequest& request) : CopiedWeightsModel(request.base) {
    for (const auto& [name, tensor] : base().weights())
      if (isBias(name)) copyWeight(name, name, /*decays=*/false);
    if (copiesNothing())
      for (const LinearShape& shape : linearShapes(base().config()))
        added_[shape.path] = addParameter(shape.path + ".bias", at::zeros({shape.out}), /*decays=*/false);
    addClassHead("", request.classes, request.seed);
  }

  Json adapterConfig() const override { return Json().set("attune_method", "bitfit"); }

  TensorMap merged() const override {
    // A family without biases has no place for them.
    return added_.empty() ? CopiedWeightsModel::merged() : TensorMap();
  }

 private:
  at::Tensor linear(const std::string& path, const at::Tensor& x, const at::Tensor& weight,
                    const at::Tensor& bias) const override {
    const auto found = added_.find(path);
    return plainLinear(x, weight, found == added_.end() ? bias : found->second);
  }

  std::map<std::string, at::Tensor> added_;  // by layer
};

// PEFT's BEFT: a bias [1, out] on the output of some layers, beside any that is there.
class AddedBiasModel final : public TunedModel {
 public:
  AddedBiasModel(const StoredAdapter& stored, Targets targets)
      : TunedModel(stored.base), targets_(std::move(targets)) {
    for (const LinearShape& shape : requireTargets(targets_, base().config()))
      added_[shape.path] = addParameter(kPeftPrefix + shape.path + ".beft_bias", at::zeros({1, shape.out}),
                                        /*decays=*/false);
    addClassHead(kPeftPrefix, stored.classes, Seed{});
  }

  Json adapterConfig() const override {
    Json config = Json().set("peft_type", "BEFT").set("modules_to_save", savedHeads(trainsClassHead()));
    writeTargets(config, targets_);
    return config;
  }

 private:
  at::Tensor linear(const std::string& path, const at::Tensor& x, const at::Tensor& weight,
                    const at::Tensor& bias) const override {
    const at::Tensor y = plainLinear(x, weight, bias);
    const auto found = added_.find(path);
    return found == added_.end() ? y : y + found->second;
  }

  Targets targets_;
  std::map<std::string, at::Tensor> added_;
};

class BitFit final : public Method {
 public:
  std::unique_ptr<TunedModel> attach(const AttachRequest& request) const override {
    return std::make_unique<BiasModel>(request);
  }

  std::unique_ptr<TunedModel> reopen(const StoredAdapter& stored) const override {
    if (stored.config.stringOr("peft_type", "") == "BEFT")
      return std::make_unique<AddedBiasModel>(
          stored, readTargets(stored.config, peftDefaultTargets("BEFT", stored.base->config())));
    return std::make_unique<BiasModel>(stored.request());
  }
};

}  // namespace bitfit

MethodInfo bitFitInfo() {
  MethodInfo info;
  info.name = "bitfit";
  info.title = "BitFit";
  info.summary = "Trains only the constants that the model adds; a model without any gets some.";
  info.source = "Ben Zaken et al. 2022, arXiv:2106.10199; opens PEFT type BEFT";
  info.peftType = "BEFT";
  info.encoderRate = 1e-2;
  info.parameters = trainingParams({.learningRate = 3e-2, .epochs = 10}) + promptParams(kNeutralTemplate);
  info.trainable = [](const ParamSet&, const ModelConfig& base) {
    std::int64_t count = 0;
    if (bitfit::hasBiases(base)) {
      for (const ExpectedTensor& tensor : familyOf(base).tensors(base, nullptr))
        if (bitfit::isBias(tensor.name)) count += tensor.shape.front();
    } else {
      for (const LinearShape& shape : linearShapes(base)) count += shape.out;
    }
    return count;
  };
  return info;
}

std::unique_ptr<Method> makeBitFit() { return std::make_unique<bitfit::BitFit>(); }

}  // namespace attune
