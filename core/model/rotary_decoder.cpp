#include "core/model/rotary_decoder.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/base/error.h"
#include "core/model/attention.h"
#include "core/model/blocks.h"
#include "core/model/class_head.h"
#include "core/model/decoder_input.h"
#include "core/model/layers.h"
#include "core/model/rotary.h"

namespace attune {
namespace rotary_decoder {

const char* const kEmbedding = "model.embed_tokens.weight";
const char* const kHead = "lm_head.weight";
const char* const kFinalNorm = "model.norm";
const char* const kClassHead = "score.weight";

std::string layerPath(std::int64_t i) { return "model.layers." + std::to_string(i) + "."; }

struct Layer {
  Norm before;
  Linear q, k, v, o;
  Norm qNorm, kNorm;
  Norm after;
  Linear gate, up, down;
  BlockPlaces places;
  bool slides = false;
};

class RotaryDecoder final : public BaseModel {
 public:
  RotaryDecoder(const ModelConfig& config, TensorMap tensors) : BaseModel(config, std::move(tensors)) {
    frequencies_ = rotaryFrequencies(config);
    final_ = Norm(weights(), kFinalNorm, config.normEpsilon);
    for (std::int64_t i = 0; i < config.layers; ++i) layers_.push_back(layer(i));
  }

  std::string headName() const override { return weights().contains(kHead) ? kHead : kEmbedding; }
  std::string embeddingName() const override { return kEmbedding; }
  std::string classHeadName() const override { return kClassHead; }

  at::Tensor hidden(const ModelInput& input, const Attachment& attachment,
                    DecoderCache* cache) const override {
    // 1. Embeddings with virtual rows in front.
    const DecoderInput in = readDecoderInput(*this, input, attachment, cache);
    const std::int64_t time = in.x.size(1);

    // 2. Where each token stands and what it sees.
    const bool dynamic = config().rope.type == "dynamic";
    const at::Tensor frequencies =
        dynamic ? rotaryFrequencies(config(), in.positions.max().item<std::int64_t>() + 1) : frequencies_;
    const RotaryTable rotary = rotaryTable(in.positions, frequencies, config().rope.attentionFactor);
    const at::Tensor all = causalMask(in.mask, time);
    const at::Tensor near =
        config().slidingWindow > 0 ? causalMask(in.mask, time, config().slidingWindow) : all;

    // 3. Blocks. The last one computes only what is asked for.
    const auto one = [this, &attachment, rotary, near, all, select = in.select, cache](
                         std::size_t i, const at::Tensor& x, const Beside& beside) {
      const bool last = i + 1 == layers_.size();
      return block(i, x, rotary, layers_[i].slides ? near : all, last ? select : at::Tensor(), attachment,
                   prefixOf(beside), cache);
    };
    const at::Tensor x = throughBlocks(input, attachment, cache, in.x, layers_.size(), one);
    if (cache) cache->mask = in.mask;
    return input.blocks >= 0 ? x : final_(x, attachment);
  }

  at::Tensor pooled(const ModelInput& input, const Attachment& attachment) const override {
    return pooledLastToken(*this, input, attachment);
  }

 private:
  Layer layer(std::int64_t i) const {
    const TensorMap& w = weights();
    const std::string at = layerPath(i);
    const double eps = config().normEpsilon;
    Layer l{Norm(w, at + "input_layernorm", eps),
            Linear(w, at + "self_attn.q_proj"),
            Linear(w, at + "self_attn.k_proj"),
            Linear(w, at + "self_attn.v_proj"),
            Linear(w, at + "self_attn.o_proj"),
            {},
            {},
            Norm(w, at + "post_attention_layernorm", eps),
            Linear(w, at + "mlp.gate_proj"),
            Linear(w, at + "mlp.up_proj"),
            Linear(w, at + "mlp.down_proj"),
            BlockPlaces("layers", i),
            config().slides(i)};
    if (config().queryKeyNorm) {
      l.qNorm = Norm(w, at + "self_attn.q_norm", eps);
      l.kNorm = Norm(w, at + "self_attn.k_norm", eps);
    }
    return l;
  }

  // x [batch, time, hidden] -> the same, or only the rows `select` [batch, m] of it.
  at::Tensor block(std::size_t number, const at::Tensor& x, const RotaryTable& rotary,
                   const at::Tensor& visible, const at::Tensor& select, const Attachment& attachment,
                   const KeysAndValues& prefix, DecoderCache* cache) const {
    const Layer& l = layers_[number];
    const ModelConfig& c = config();
    const auto heads = [&](const at::Tensor& t, std::int64_t count, const Norm& norm) {
      const at::Tensor split = splitHeads(t, count);
      return c.queryKeyNorm ? norm(split, attachment) : split;
    };
    const at::Tensor h = l.before(x, attachment);
    at::Tensor k = rotate(heads(l.k(h, attachment), c.keyValueHeads, l.kNorm), rotary);
    at::Tensor v = splitHeads(l.v(h, attachment), c.keyValueHeads);
    remember(prefix, cache, number, k, v);

    at::Tensor residual = x, queries = h, mask = visible;
    RotaryTable turn = rotary;
    if (select.defined()) {
      residual = rowsOf(x, select);
      queries = rowsOf(h, select);
      mask = queriesOf(visible, select);
      turn.cos = queriesOf(rotary.cos, select);
      turn.sin = queriesOf(rotary.sin, select);
    }
    const at::Tensor q = rotate(heads(l.q(queries, attachment), c.heads, l.qNorm), turn);
    const double scale = 1.0 / std::sqrt(static_cast<double>(c.headDim));
    const at::Tensor mixed = l.o(joinHeads(attention(q, k, v, mask, scale)), attachment);
    const at::Tensor y = residual + attachment.sublayer(l.places.attention, queries, mixed);

    const at::Tensor z = l.after(y, attachment);
    const at::Tensor inner = gated(c.activation, l.gate(z, attachment), l.up(z, attachment));
    return y + attachment.sublayer(l.places.feedForward, z, l.down(inner, attachment));
  }

  at::Tensor frequencies_;
  Norm final_;
  std::vector<Layer> layers_;
};

}  // namespace rotary_decoder

std::vector<LinearShape> rotaryDecoderLinears(const ModelConfig& c) {
  std::vector<LinearShape> shapes;
  const std::int64_t queries = c.heads * c.headDim, keys = c.keyValueHeads * c.headDim;
  for (std::int64_t i = 0; i < c.layers; ++i) {
    const std::string at = rotary_decoder::layerPath(i);
    shapes.push_back({at + "self_attn.q_proj", queries, c.hidden, c.attentionBias});
    shapes.push_back({at + "self_attn.k_proj", keys, c.hidden, c.attentionBias});
    shapes.push_back({at + "self_attn.v_proj", keys, c.hidden, c.attentionBias});
    shapes.push_back({at + "self_attn.o_proj", c.hidden, queries, c.outputBias});
    shapes.push_back({at + "mlp.gate_proj", c.feedForward, c.hidden, c.mlpBias});
    shapes.push_back({at + "mlp.up_proj", c.feedForward, c.hidden, c.mlpBias});
    shapes.push_back({at + "mlp.down_proj", c.hidden, c.feedForward, c.mlpBias});
  }
  return shapes;
}

std::vector<ExpectedTensor> rotaryDecoderTensors(const ModelConfig& c, const WeightSource* source) {
  namespace names = rotary_decoder;
  std::vector<ExpectedTensor> list{{names::kEmbedding, {c.vocabulary, c.hidden}}};
  for (const LinearShape& linear : rotaryDecoderLinears(c)) {
    list.push_back({linear.path + ".weight", {linear.out, linear.in}});
    if (linear.bias) list.push_back({linear.path + ".bias", {linear.out}});
  }
  for (std::int64_t i = 0; i < c.layers; ++i) {
    const std::string at = names::layerPath(i);
    list.push_back({at + "input_layernorm.weight", {c.hidden}});
    list.push_back({at + "post_attention_layernorm.weight", {c.hidden}});
    if (!c.queryKeyNorm) continue;
    list.push_back({at + "self_attn.q_norm.weight", {c.headDim}});
    list.push_back({at + "self_attn.k_norm.weight", {c.headDim}});
  }
  list.push_back({std::string(names::kFinalNorm) + ".weight", {c.hidden}});
  // Exports of the body alone leave out "model.".
  for (ExpectedTensor& tensor : list) tensor.aliases = {tensor.name.substr(std::string("model.").size())};
  if (c.isClassifier()) {
    list.push_back(classHeadTensor(names::kClassHead, c, source));
  } else if (!c.tied || (source && source->has(names::kHead))) {
    if (source && !source->has(names::kHead))
      throw Error(
          ErrorKind::kInvalidInput,
          source->files().front() + ": lm_head.weight is missing and the embeddings are not tied",
          "Set tie_word_embeddings in config.json if the model shares them; else get the complete weights.")
          .inFile(source->files().front());
    list.push_back({names::kHead, {c.vocabulary, c.hidden}});
  }
  return list;
}

std::shared_ptr<const BaseModel> makeRotaryDecoder(const ModelConfig& config, TensorMap weights) {
  namespace names = rotary_decoder;
  // A tied model that stores its head too keeps one matrix when both are equal; else the stored head counts.
  if (config.tied && weights.contains(names::kHead) &&
      at::equal(weights.at(names::kHead), weights.at(names::kEmbedding)))
    weights.erase(names::kHead);
  return std::make_shared<names::RotaryDecoder>(config, std::move(weights));
}

}  // namespace attune
