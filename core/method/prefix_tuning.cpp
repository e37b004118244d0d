#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/method/method.h"
#include "core/method/methods.h"
#include "core/method/parameters.h"
#include "core/method/peft_folder.h"
#include "core/method/virtual_rows.h"

namespace attune {
namespace prefix_tuning {

const std::string kNetwork = "prompt_encoder.";
const char* const kRows = "prompt_embeddings";

// Where the keys and values of a layer lie among the rows [2L, heads, n, headDim]: 2l and 2l + 1; in an
// encoder-decoder's decoder, to which alone PEFT gives a prefix, 4l and 4l + 1, counted round.
std::int64_t rowOf(const ModelConfig& config, std::int64_t layer, std::int64_t kind) {
  const std::int64_t step = config.layout == Layout::kEncoderDecoder ? 4 : 2;
  return (step * layer + kind) % (2 * config.layers);
}

std::int64_t widthOf(const ModelConfig& config) { return config.keyValueHeads * config.headDim; }

// Notes the keys and values of an encoder, which keeps none.
class Recorder final : public Attachment {
 public:
  mutable std::vector<at::Tensor> keys, values;  // a layer: [1, time, width]

 private:
  at::Tensor linear(const std::string& path, const at::Tensor& x, const at::Tensor& weight,
                    const at::Tensor& bias) const override {
    const at::Tensor y = plainLinear(x, weight, bias);
    if (path.ends_with("attention.self.key")) keys.push_back(y);
    if (path.ends_with("attention.self.value")) values.push_back(y);
    return y;
  }
};

// What the base itself remembers of real words, label words first: [n, 2L·width].
at::Tensor rememberedWords(const AttachRequest& request, std::int64_t count) {
  const BaseModel& base = *request.base;
  const ModelConfig& config = base.config();
  std::vector<std::int64_t> words = request.initTokens;
  for (const auto& label : request.labelTokens) words.insert(words.end(), label.begin(), label.end());
  words.resize(
      static_cast<std::size_t>(std::min<std::int64_t>(count, static_cast<std::int64_t>(words.size()))));
  Random random(request.seed.sub("prefix"));
  while (static_cast<std::int64_t>(words.size()) < count)
    words.push_back(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(config.vocabulary))));

  ModelInput input = padRight({words});
  input.decoderIds = input.ids;
  DecoderCache cache;
  const Recorder recorder;
  base.hidden(input, recorder, config.layout == Layout::kEncoder ? nullptr : &cache);
  at::Tensor rows = at::zeros({count, 2 * config.layers, widthOf(config)});
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    const auto l = static_cast<std::size_t>(layer);
    const auto flat = [&](const at::Tensor& cached) {  // [1, heads, n, headDim] -> [n, width]
      return cached.squeeze(0).transpose(0, 1).reshape({count, widthOf(config)});
    };
    const bool encodes = config.layout == Layout::kEncoder;
    rows.select(1, rowOf(config, layer, 0))
        .copy_(encodes ? recorder.keys[l].squeeze(0) : flat(cache.keys[l]));
    rows.select(1, rowOf(config, layer, 1))
        .copy_(encodes ? recorder.values[l].squeeze(0) : flat(cache.values[l]));
  }
  return rows.view({count, -1});
}

// Trained keys and values in front of those of every self-attention (Li and Liang 2021; directly trained ones
// are P-tuning v2, Liu et al. 2022). With a projection they come from a small network, tanh between two
// layers, of which only what comes out is stored. Rows [n, 2L·width] as PEFT has them.
class PrefixModel final : public TunedModel {
 public:
  // `projection`: width of the network; 0: none.
  PrefixModel(const AttachRequest& request, std::int64_t count, std::int64_t projection,
              const std::string& start)
      : TunedModel(request.base), count_(count), projection_(projection) {
    const ModelConfig& c = base().config();
    requireRoom(base(), count);
    if (c.layout == Layout::kEncoderDecoder && c.decoderLayers != c.layers)
      throw Error(ErrorKind::kUnsupported, "prefix tuning needs as many decoder as encoder layers",
                  "Choose another method or base.");
    const c10::NoGradGuard noGrad;
    at::Generator random = at::make_generator<at::CPUGeneratorImpl>(request.seed.sub("prefix").value);
    const std::int64_t wide = 2 * c.layers * widthOf(c);
    at::Tensor rows;
    if (start == "WORDS")
      rows = rememberedWords(request, count);
    else if (start == "RANDOM")
      rows = at::empty({count, wide}).normal_(0, 1, random);
    else
      rows = at::zeros({count, wide});
    if (projection == 0) {
      rows_ = addParameter(kRows, rows, /*decays=*/false);
    } else {
      const auto drawn = [&](const std::vector<std::int64_t>& sizes, std::int64_t in) {
        const double bound = 1.0 / std::sqrt(static_cast<double>(in));
        return at::empty(sizes).uniform_(-bound, bound, random);
      };
      const std::int64_t w = widthOf(c);
      e_ = addParameter(kNetwork + "embedding.weight", at::empty({count, w}).normal_(0, 1, random),
                        /*decays=*/false);
      inWeight_ = addParameter(kNetwork + "transform.0.weight", drawn({projection, w}, w));
      inBias_ = addParameter(kNetwork + "transform.0.bias", drawn({projection}, w), /*decays=*/false);
      // Begins at the words' mean; what tells the rows apart is learned.
      outWeight_ = addParameter(kNetwork + "transform.2.weight", drawn({wide, projection}, projection) * 0.1);
      outBias_ = addParameter(kNetwork + "transform.2.bias", rows.mean(0), /*decays=*/false);
    }
    addClassHead("base_model.", request.classes, request.seed);
  }

  Json adapterConfig() const override {
    const ModelConfig& c = base().config();
    return virtualTokensConfig(base(), "PREFIX_TUNING", count_, widthOf(c), trainsClassHead())
        .set("num_transformer_submodules", 1)  // one set of rows whatever the layout
        .set("num_attention_heads", c.keyValueHeads)
        .set("init_weights", nullptr)
        .set("encoder_hidden_size", projection_ > 0 ? projection_ : widthOf(c))
        .set("prefix_projection", projection_ > 0);
  }

  TensorMap delta() const override {
    const c10::NoGradGuard noGrad;
    TensorMap delta{{kRows, rows().detach().clone()}};
    for (const Parameter& p : parameters())
      if (!isOfNetwork(p)) delta.insert_or_assign(p.name, p.tensor.detach().clone());
    return delta;
  }

  // From then on the stored rows are used, and the network no more.
  void loadDelta(const TensorMap& delta) override {
    requireSame(delta, this->delta());
    const c10::NoGradGuard noGrad;
    if (projection_ > 0) fixed_ = delta.at(kRows).clone();
    for (const Parameter& p : parameters())
      if (!isOfNetwork(p)) at::Tensor(p.tensor).copy_(delta.at(p.name));
  }

 private:
  static bool isOfNetwork(const Parameter& p) { return p.name.starts_with(kNetwork); }

  at::Tensor rows() const {
    if (projection_ == 0) return rows_;
    if (fixed_.defined()) return fixed_;
    return at::linear(at::tanh(at::linear(e_, inWeight_, inBias_)), outWeight_, outBias_);
  }

  std::int64_t prefixLength() const override { return count_; }
  Prefix prefix() const override {
    const ModelConfig& c = base().config();
    const at::Tensor all = rows().view({count_, 2 * c.layers, c.keyValueHeads, c.headDim});
    Prefix prefix;
    for (std::int64_t layer = 0; layer < c.layers; ++layer)
      prefix.push_back({all.select(1, rowOf(c, layer, 0)).transpose(0, 1),
                        all.select(1, rowOf(c, layer, 1)).transpose(0, 1)});
    return prefix;
  }

  std::int64_t count_;
  std::int64_t projection_;
  at::Tensor rows_;                                         // [n, 2L·width]
  at::Tensor e_, inWeight_, inBias_, outWeight_, outBias_;  // of the network
  at::Tensor fixed_;                                        // what it once made
};

class PrefixTuning final : public Method {
 public:
  std::unique_ptr<TunedModel> attach(const AttachRequest& request) const override {
    const ParamSet& params = request.params;
    const bool projects = params.getBool("prefix_projection");
    return std::make_unique<PrefixModel>(request, params.getInt("num_virtual_tokens"),
                                         projects ? params.getInt("encoder_hidden_size") : 0,
                                         params.getString("prefix_init"));
  }

  std::unique_ptr<TunedModel> reopen(const StoredAdapter& stored) const override {
    const ModelConfig& c = stored.base->config();
    const std::int64_t count = rankOf(stored.config, "num_virtual_tokens", 0);
    if (stored.config.intOr("token_dim", widthOf(c)) != widthOf(c) ||
        stored.config.intOr("num_layers", c.layers) != c.layers)
      throw Error(ErrorKind::kInvalidInput,
                  "token_dim or num_layers differ from the base's " + std::to_string(widthOf(c)) + " and " +
                      std::to_string(c.layers),
                  "The adapter belongs to another base model.");
    stored.requireHeld(count * 2 * c.layers * widthOf(c));
    return std::make_unique<PrefixModel>(stored.request(), count, 0, "ZERO");
  }
};

}  // namespace prefix_tuning

MethodInfo prefixTuningInfo() {
  MethodInfo info;
  info.name = "prefix_tuning";
  info.title = "Prefix tuning";
  info.summary = "Learns what every layer remembers of words that were never there.";
  info.source =
      "Li and Liang 2021, arXiv:2101.00190; Liu et al. 2022, arXiv:2110.07602; PEFT type PREFIX_TUNING";
  info.peftType = "PREFIX_TUNING";
  info.encoderRate = 3e-2;
  info.parameters =
      std::vector<ParamSpec>{
          intParam("num_virtual_tokens", "Virtual tokens",
                   "How many words each layer believes to have read: more can learn more, and each takes a "
                   "place in the context.",
                   20, 1, 1000),
          choiceParam("prefix_init", "Start",
                      "What the layers remember before training: real words, nothing, or noise.", "WORDS",
                      {"WORDS", "ZERO", "RANDOM"}, true),
          boolParam("prefix_projection", "Network",
                    "Let a small network make the prefix while it is trained.", false, true),
          intParam("encoder_hidden_size", "Width of the network", "Used with the network alone.", 128, 1,
                   65536, true)} +
      trainingParams({.learningRate = 1e-1, .epochs = 15}) + promptParams(kNeutralTemplate);
  info.work = [](const ParamSet& params, const ModelConfig&) {
    return TrainingWork{.keys = static_cast<double>(params.getInt("num_virtual_tokens"))};
  };
  info.trainable = [](const ParamSet& params, const ModelConfig& base) {
    const std::int64_t n = params.getInt("num_virtual_tokens"), w = prefix_tuning::widthOf(base);
    const std::int64_t all = 2 * base.layers * w;
    if (!params.getBool("prefix_projection")) return n * all;
    const std::int64_t h = params.getInt("encoder_hidden_size");
    return n * w + (w * h + h) + (h * all + all);
  };
  info.stored = [](const ParamSet& params, const ModelConfig& base) {
    return params.getInt("num_virtual_tokens") * 2 * base.layers * prefix_tuning::widthOf(base);
  };
  return info;
}

std::unique_ptr<Method> makePrefixTuning() { return std::make_unique<prefix_tuning::PrefixTuning>(); }

}  // namespace attune
