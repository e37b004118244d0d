#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/GradMode.h>

#include <cmath>

#include "core/base/error.h"
#include "core/method/method.h"
#include "core/method/methods.h"
#include "core/method/parameters.h"
#include "core/method/virtual_rows.h"

namespace attune {
namespace p_tuning {

const std::string kNetwork = "prompt_encoder.";

// Rows in front of the input as in prompt tuning, made by a small network from trained rows e [n, hidden]:
// MLP: three layers with ReLU between; LSTM: two layers in both directions, then two layers with ReLU between
// (Liu et al. 2021; names and order as in PEFT). Only the rows that come out are stored.
class EncodedPromptModel final : public TunedModel {
 public:
  explicit EncodedPromptModel(const AttachRequest& request)
      : TunedModel(request.base),
        count_(request.params.getInt("num_virtual_tokens")),
        lstm_(request.params.getString("encoder_reparameterization_type") == "LSTM"),
        random_(at::make_generator<at::CPUGeneratorImpl>(request.seed.sub("prompt encoder").value)) {
    requireRoom(base(), count_);
    const std::int64_t rows = count_ * storedSets(base().config()), wide = base().config().hidden;
    const std::int64_t chosen = request.params.getInt("encoder_hidden_size");
    hidden_ = chosen > 0 ? chosen : wide;
    const at::Tensor start = startRows(request, "SAMPLE_VOCAB", rows);
    e_ = addParameter(kNetwork + "embedding.weight", start, /*decays=*/false);
    if (lstm_) {
      for (int layer = 0; layer < kLayers; ++layer)
        for (const char* direction : {"", "_reverse"}) {
          const std::string end = "_l" + std::to_string(layer) + direction;
          const std::int64_t in = layer == 0 ? wide : 2 * hidden_;
          addRecurrent("weight_ih" + end, {4 * hidden_, in});
          addRecurrent("weight_hh" + end, {4 * hidden_, hidden_});
          addRecurrent("bias_ih" + end, {4 * hidden_});
          addRecurrent("bias_hh" + end, {4 * hidden_});
        }
      addLinear("mlp_head.0", 2 * hidden_, 2 * hidden_);
      addLinear("mlp_head.2", wide, 2 * hidden_);
    } else {
      addLinear("mlp_head.0", hidden_, wide);
      addLinear("mlp_head.2", hidden_, hidden_);
      addLinear("mlp_head.4", wide, hidden_);
    }
    addClassHead("base_model.", request.classes, request.seed);
    // The rows begin among those of real words: the last layer adds what its network leaves out on average.
    const c10::NoGradGuard noGrad;
    at::Tensor(linears_.back().bias).add_(start.mean(0) - encoded(e_).mean(0));
  }

  Json adapterConfig() const override {
    return virtualTokensConfig(base(), "P_TUNING", count_, base().config().hidden, trainsClassHead())
        .set("encoder_reparameterization_type", lstm_ ? "LSTM" : "MLP")
        .set("encoder_hidden_size", hidden_)
        .set("encoder_num_layers", kLayers)
        .set("encoder_dropout", 0.0);
  }

  TensorMap delta() const override {
    const c10::NoGradGuard noGrad;
    TensorMap delta{{"prompt_embeddings", madeRows().clone()}};
    for (const Parameter& p : parameters())
      if (!p.name.starts_with(kNetwork)) delta.emplace(p.name, p.tensor.detach().clone());
    return delta;
  }

  // From then on the stored rows are used, and the network no more.
  void loadDelta(const TensorMap& delta) override {
    requireSame(delta, this->delta());
    const c10::NoGradGuard noGrad;
    fixed_ = delta.at("prompt_embeddings").clone();
    for (const Parameter& p : parameters())
      if (!p.name.starts_with(kNetwork)) at::Tensor(p.tensor).copy_(delta.at(p.name));
  }

 private:
  static constexpr int kLayers = 2;
  struct Linear {
    at::Tensor weight, bias;
  };

  // torch's start of such layers: uniform in ±1/√n, n inputs of a linear layer or the width of an LSTM.
  at::Tensor drawn(const std::vector<std::int64_t>& sizes, std::int64_t n) {
    const double bound = 1.0 / std::sqrt(static_cast<double>(n));
    return at::empty(sizes).uniform_(-bound, bound, random_);
  }
  void addLinear(const std::string& name, std::int64_t out, std::int64_t in) {
    const std::string key = kNetwork + name;
    linears_.push_back({addParameter(key + ".weight", drawn({out, in}, in)),
                        addParameter(key + ".bias", drawn({out}, in), /*decays=*/false)});
  }
  void addRecurrent(const std::string& name, const std::vector<std::int64_t>& sizes) {
    recurrent_.push_back(
        addParameter(kNetwork + "lstm_head." + name, drawn(sizes, hidden_), /*decays=*/sizes.size() > 1));
  }

  at::Tensor encoded(const at::Tensor& e) const {
    at::Tensor x = e;
    if (lstm_) {
      const std::vector<at::Tensor> state(2, at::zeros({2 * kLayers, 1, hidden_}));
      x = std::get<0>(at::lstm(e.unsqueeze(0), state, recurrent_, /*has_biases=*/true, kLayers, /*dropout=*/0,
                               /*train=*/false, /*bidirectional=*/true, /*batch_first=*/true))
              .squeeze(0);
    }
    for (std::size_t i = 0; i < linears_.size(); ++i) {
      x = at::linear(x, linears_[i].weight, linears_[i].bias);
      if (i + 1 < linears_.size()) x = at::relu(x);
    }
    return x;
  }
  at::Tensor madeRows() const { return fixed_.defined() ? fixed_ : encoded(e_); }
  at::Tensor virtualRows() const override { return madeRows().slice(0, 0, count_); }

  std::int64_t count_;
  bool lstm_;
  std::int64_t hidden_ = 0;
  at::Generator random_;
  at::Tensor e_;
  std::vector<at::Tensor> recurrent_;
  std::vector<Linear> linears_;
  at::Tensor fixed_;  // stored rows
};

class PTuning final : public Method {
 public:
  std::unique_ptr<TunedModel> attach(const AttachRequest& request) const override {
    return std::make_unique<EncodedPromptModel>(request);
  }
  std::unique_ptr<TunedModel> reopen(const StoredAdapter& stored) const override {
    return makeStoredPrompt(stored);
  }
};

}  // namespace p_tuning

MethodInfo pTuningInfo() {
  MethodInfo info;
  info.name = "p_tuning";
  info.title = "P-tuning";
  info.summary = "Learns invisible words in front of the text by way of a small network.";
  info.source = "Liu et al. 2021, arXiv:2103.10385; PEFT type P_TUNING";
  info.peftType = "P_TUNING";
  info.encoderRate = 3e-2;
  info.parameters =
      std::vector<ParamSpec>{
          intParam("num_virtual_tokens", "Virtual tokens",
                   "How many invisible words: more can learn more, and every request gets longer by as many.",
                   20, 1, 1000),
          choiceParam("encoder_reparameterization_type", "Network", "What makes the invisible words.", "MLP",
                      {"MLP", "LSTM"}, true),
          intParam("encoder_hidden_size", "Width of the network", "0: as wide as the model.", 0, 0, 65536,
                   true)} +
      trainingParams({.learningRate = 1e-2, .epochs = 15}) + promptParams(kNeutralTemplate);
  info.work = [](const ParamSet& params, const ModelConfig&) {
    return TrainingWork{.fromInputs = true,
                        .tokens = static_cast<double>(params.getInt("num_virtual_tokens"))};
  };
  info.trainable = [](const ParamSet& params, const ModelConfig& base) {
    const std::int64_t d = base.hidden, n = params.getInt("num_virtual_tokens") * storedSets(base);
    const std::int64_t h =
        params.getInt("encoder_hidden_size") > 0 ? params.getInt("encoder_hidden_size") : d;
    if (params.getString("encoder_reparameterization_type") != "LSTM")
      return n * d + (d * h + h) + (h * h + h) + (h * d + d);
    return n * d + 2 * 4 * h * (d + h + 2) + 2 * 4 * h * (2 * h + h + 2) + (4 * h * h + 2 * h) +
           (2 * h * d + d);
  };
  info.stored = [](const ParamSet& params, const ModelConfig& base) {
    return params.getInt("num_virtual_tokens") * storedSets(base) * base.hidden;
  };
  return info;
}

std::unique_ptr<Method> makePTuning() { return std::make_unique<p_tuning::PTuning>(); }

}  // namespace attune
