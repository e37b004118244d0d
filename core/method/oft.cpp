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
namespace oft {

constexpr std::int64_t kTerms = 5;  // of the series

struct Options {
  std::int64_t blockSize = 32;  // 0: by the number of blocks
  std::int64_t blocks = 0;      // in every layer
  bool series = true;           // the Cayley transform by the first terms of its Neumann series
  Targets targets;
};

// The width of a block: the wanted one, or the nearest below it that divides the layer's input.
std::int64_t blockWidth(const Options& options, std::int64_t in) {
  std::int64_t width =
      options.blockSize > 0 ? options.blockSize : in / std::max<std::int64_t>(1, options.blocks);
  width = std::clamp<std::int64_t>(width, 1, in);
  while (in % width != 0) --width;
  return width;
}

Options optionsOf(const ParamSet& params, const ModelConfig& base) {
  Options options;
  options.blockSize = params.getInt("oft_block_size");
  options.targets = chosenTargets(params, "OFT", base);
  return options;
}

// Turns the input of a layer block by block before the layer reads it: W·(x·R) + b with R orthogonal (Qiu et
// al. 2023; Cayley-Neumann series: Liu et al. 2025). What is learned is the upper triangle of a skew matrix
// Q, row by row: [blocks, width·(width−1)/2], zeros at the start. R = I + 2Q + 2Q² + 2Q³ + Q⁴, or exactly (I
// − Q)(I + Q)⁻¹, which turns the other way round: both as PEFT has them.
class OftModel final : public TunedModel {
 public:
  OftModel(const AttachRequest& request, Options options)
      : TunedModel(request.base), options_(std::move(options)) {
    for (const LinearShape& shape : requireTargets(options_.targets, base().config())) {
      const std::int64_t width = blockWidth(options_, shape.in);
      sites_[shape.path] = {addParameter(kPeftPrefix + shape.path + ".oft_R.weight",
                                         at::zeros({shape.in / width, width * (width - 1) / 2}),
                                         /*decays=*/false),
                            width, at::triu_indices(width, width, 1), shape.transposed};
      transposed_ = transposed_ || shape.transposed;
    }
    addClassHead(kPeftPrefix, request.classes, request.seed);
  }

  Json adapterConfig() const override {
    Json config = Json()
                      .set("peft_type", "OFT")
                      .set("r", options_.blockSize > 0 ? 0 : options_.blocks)
                      .set("oft_block_size", options_.blockSize)
                      .set("use_cayley_neumann", options_.series)
                      .set("num_cayley_neumann_terms", kTerms)
                      .set("module_dropout", 0.0)
                      .set("coft", false)
                      .set("block_share", false)
                      .set("eps", 6e-5)
                      .set("bias", "none")
                      .set("fan_in_fan_out", transposed_)
                      .set("init_weights", true)
                      .set("modules_to_save", savedHeads(trainsClassHead()));
    writeTargets(config, options_.targets);
    return config;
  }

  TensorMap merged() const override {
    const c10::NoGradGuard noGrad;
    TensorMap weights = base().weights();
    for (const auto& [path, site] : sites_) {
      at::Tensor& weight = weights.at(path + ".weight");
      // W·(x·R)ᵀ = (W·Rᵀ)·xᵀ, block by block.
      const at::Tensor wide = site.transposed ? weight.t() : weight;
      const at::Tensor turned = turnedBy(wide, rotation(site).transpose(1, 2), site.width);
      weight = site.transposed ? turned.t().contiguous() : turned;
    }
    mergeClassHead(weights);
    return weights;
  }

 private:
  struct Site {
    at::Tensor triangle;
    std::int64_t width = 0;
    at::Tensor places;  // [2, width·(width−1)/2] of the triangle's numbers
    bool transposed = false;
  };

  // R [blocks, width, width].
  at::Tensor rotation(const Site& site) const {
    const std::int64_t blocks = site.triangle.size(0), width = site.width;
    const at::Tensor flat = site.places[0] * width + site.places[1];
    const at::Tensor upper = at::zeros({blocks, width * width})
                                 .scatter(1, flat.unsqueeze(0).expand({blocks, -1}), site.triangle)
                                 .view({blocks, width, width});
    const at::Tensor q = upper - upper.transpose(1, 2);
    const at::Tensor one = at::eye(width).unsqueeze(0);
    if (!options_.series) return at::linalg_solve(one + q, one - q, /*left=*/false);
    const at::Tensor square = at::matmul(q, q);
    return one + (q + square + at::matmul(square, q)) * 2 + at::matmul(square, square);
  }

  // x [.., in] times `blocks` [n, width, width] block by block.
  static at::Tensor turnedBy(const at::Tensor& x, const at::Tensor& blocks, std::int64_t width) {
    std::vector<std::int64_t> sizes = x.sizes().vec();
    const at::Tensor rows = x.reshape({-1, blocks.size(0), width}).transpose(0, 1);  // [n, rows, width]
    return at::matmul(rows, blocks).transpose(0, 1).reshape(sizes);
  }

  at::Tensor linear(const std::string& path, const at::Tensor& x, const at::Tensor& weight,
                    const at::Tensor& bias) const override {
    const auto found = sites_.find(path);
    if (found == sites_.end()) return plainLinear(x, weight, bias);
    const Site& site = found->second;
    return plainLinear(turnedBy(x, rotation(site), site.width), weight, bias);
  }

  Options options_;
  bool transposed_ = false;
  std::map<std::string, Site> sites_;
};

class Oft final : public Method {
 public:
  std::unique_ptr<TunedModel> attach(const AttachRequest& request) const override {
    return std::make_unique<OftModel>(request, optionsOf(request.params, request.base->config()));
  }

  std::unique_ptr<TunedModel> reopen(const StoredAdapter& stored) const override {
    const Json& config = stored.config;
    Options options;
    options.blockSize = config.intOr("oft_block_size", 32);
    options.blocks = config.intOr("r", 0);
    options.series = config.boolOr("use_cayley_neumann", true);
    if (const std::int64_t terms = config.intOr("num_cayley_neumann_terms", kTerms); terms != kTerms)
      throw Error(ErrorKind::kUnsupported,
                  "num_cayley_neumann_terms " + std::to_string(terms) + " is not supported", "Supported: 5.");
    options.targets = readTargets(config, peftDefaultTargets("OFT", stored.base->config()));
    if (options.blockSize < 0 || options.blocks < 0 || (options.blockSize == 0) == (options.blocks == 0))
      throw Error(ErrorKind::kInvalidInput,
                  "r and oft_block_size cannot be used: one of them is positive, the other 0",
                  "Take them from the run that made the adapter.");
    requireNoBias(config);
    return std::make_unique<OftModel>(stored.request(), std::move(options));
  }
};

}  // namespace oft

MethodInfo oftInfo() {
  MethodInfo info;
  info.name = "oft";
  info.title = "OFT";
  info.summary = "Learns to turn what the layers read, without stretching it.";
  info.source = "Qiu et al. 2023, arXiv:2306.07280; PEFT type OFT";
  info.peftType = "OFT";
  info.encoderRate = 3e-3;
  info.parameters =
      std::vector<ParamSpec>{
          intParam("oft_block_size", "Block size",
                   "How many numbers are turned together: more can learn more.", 32, 2, 65536),
          targetsParam("")} +
      trainingParams({.learningRate = 1e-2, .epochs = 10}) + promptParams(kNeutralTemplate);
  info.work = [](const ParamSet& params, const ModelConfig& base) {
    const oft::Options options = oft::optionsOf(params, base);
    TrainingWork work;
    for (const LinearShape& shape : targetShapes(options.targets, base))
      work.extra += static_cast<double>(shape.in * oft::blockWidth(options, shape.in));
    return work;
  };
  info.trainable = [](const ParamSet& params, const ModelConfig& base) {
    const oft::Options options = oft::optionsOf(params, base);
    std::int64_t count = 0;
    for (const LinearShape& shape : targetShapes(options.targets, base)) {
      const std::int64_t width = oft::blockWidth(options, shape.in);
      count += shape.in / width * (width * (width - 1) / 2);
    }
    return count;
  };
  return info;
}

std::unique_ptr<Method> makeOft() { return std::make_unique<oft::Oft>(); }

}  // namespace attune
