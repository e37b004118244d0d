#include "core/model/llama.h"

#include <ATen/ATen.h>

#include "core/base/error.h"
#include "core/model/layers.h"

namespace attune {
namespace llama {

const char* const kEmbedding = "model.embed_tokens.weight";
const char* const kHead = "lm_head.weight";
const char* const kFinalNorm = "model.norm.weight";
const char* const kClassHead = "score.weight";

struct Linear {
  std::string path;
  std::string weightName;
  at::Tensor weight;
  at::Tensor bias;
};
struct Norm {
  std::string name;
  at::Tensor weight;
};
struct Layer {
  Norm before;
  Linear q, k, v, o;
  Norm after;
  Linear gate, up, down;
};

class Llama final : public BaseModel {
 public:
  Llama(const ModelConfig& config, TensorMap weights) : BaseModel(config, std::move(weights)) {
    frequencies_ = rotaryFrequencies(config);
    final_ = norm(kFinalNorm);
    for (std::int64_t i = 0; i < config.layers; ++i) {
      const std::string at = "model.layers." + std::to_string(i) + ".";
      layers_.push_back({norm(at + "input_layernorm.weight"), linear(at + "self_attn.q_proj"),
                         linear(at + "self_attn.k_proj"), linear(at + "self_attn.v_proj"),
                         linear(at + "self_attn.o_proj"), norm(at + "post_attention_layernorm.weight"),
                         linear(at + "mlp.gate_proj"), linear(at + "mlp.up_proj"),
                         linear(at + "mlp.down_proj")});
    }
  }

  std::string headName() const override { return weights().contains(kHead) ? kHead : kEmbedding; }
  std::string embeddingName() const override { return kEmbedding; }

  at::Tensor hidden(const ModelInput& input, const Attachment& attachment) const override {
    // 1. Embeddings, virtual rows in front.
    const at::Tensor table = attachment.weight(kEmbedding, weights().at(kEmbedding));
    at::Tensor x = at::embedding(table, input.ids);
    at::Tensor mask = input.mask.defined() ? input.mask : at::ones_like(input.ids);
    at::Tensor select = input.select;
    if (const at::Tensor rows = attachment.virtualRows(); rows.defined()) {
      const std::int64_t batch = x.size(0);
      x = at::cat({rows.unsqueeze(0).expand({batch, -1, -1}), x}, 1);
      mask = at::cat({at::ones({batch, rows.size(0)}, mask.options()), mask}, 1);
      if (select.defined()) select = select + rows.size(0);
    }

    // 2. Positions count real tokens only, so padding on either side changes nothing.
    const at::Tensor positions = (mask.cumsum(1) - 1).clamp_min(0);
    const RotaryTable rotary = rotaryTable(positions, frequencies_);
    const at::Tensor visible = causalMask(mask);

    // 3. Blocks. The last one computes only what is asked for.
    for (std::size_t i = 0; i < layers_.size(); ++i)
      x = block(layers_[i], x, rotary, visible, i + 1 == layers_.size() ? select : at::Tensor(), attachment);
    return rmsNorm(x, attachment.weight(final_.name, final_.weight), config().normEpsilon);
  }

 private:
  Norm norm(const std::string& name) const { return {name, weights().at(name)}; }
  Linear linear(const std::string& path) const {
    const auto bias = weights().find(path + ".bias");
    return {path, path + ".weight", weights().at(path + ".weight"),
            bias == weights().end() ? at::Tensor() : bias->second};
  }

  static at::Tensor apply(const Linear& site, const at::Tensor& x, const Attachment& attachment) {
    at::Tensor bias = site.bias;
    if (bias.defined()) bias = attachment.weight(site.path + ".bias", bias);
    return attachment.linear(site.path, x, attachment.weight(site.weightName, site.weight), bias);
  }

  at::Tensor heads(const at::Tensor& x, std::int64_t count) const {
    return x.view({x.size(0), x.size(1), count, config().headDim}).transpose(1, 2);
  }

  // x [batch, time, hidden] -> the same, or only the rows `select` [batch, m] of it.
  at::Tensor block(const Layer& layer, const at::Tensor& x, const RotaryTable& rotary,
                   const at::Tensor& visible, const at::Tensor& select, const Attachment& attachment) const {
    const ModelConfig& c = config();
    const at::Tensor h = rmsNorm(x, attachment.weight(layer.before.name, layer.before.weight), c.normEpsilon);
    const at::Tensor k = rotate(heads(apply(layer.k, h, attachment), c.keyValueHeads), rotary);
    const at::Tensor v = heads(apply(layer.v, h, attachment), c.keyValueHeads);

    at::Tensor residual = x, queries = h, mask = visible;
    RotaryTable queryRotary = rotary;
    if (select.defined()) {
      const std::int64_t batch = select.size(0), m = select.size(1);
      const auto rows = [&](const at::Tensor& t) {
        return t.gather(1, select.unsqueeze(-1).expand({batch, m, t.size(2)}));
      };
      residual = rows(x);
      queries = rows(h);
      mask = visible.gather(2, select.view({batch, 1, m, 1}).expand({batch, 1, m, visible.size(3)}));
      queryRotary.cos = rows(rotary.cos.squeeze(1)).unsqueeze(1);
      queryRotary.sin = rows(rotary.sin.squeeze(1)).unsqueeze(1);
    }
    const at::Tensor q = rotate(heads(apply(layer.q, queries, attachment), c.heads), queryRotary);
    const at::Tensor mixed =
        attention(q, k, v, mask).transpose(1, 2).reshape({q.size(0), q.size(2), c.heads * c.headDim});
    const at::Tensor y = residual + apply(layer.o, mixed, attachment);

    const at::Tensor z = rmsNorm(y, attachment.weight(layer.after.name, layer.after.weight), c.normEpsilon);
    const at::Tensor gated = at::silu(apply(layer.gate, z, attachment)) * apply(layer.up, z, attachment);
    return y + apply(layer.down, gated, attachment);
  }

  at::Tensor frequencies_;
  Norm final_;
  std::vector<Layer> layers_;
};

}  // namespace llama

std::vector<ExpectedTensor> llamaTensors(const ModelConfig& c, const WeightIndex& index) {
  std::vector<ExpectedTensor> list;
  list.push_back({llama::kEmbedding, {c.vocabulary, c.hidden}});
  for (const LinearShape& linear : linearShapes(c)) {
    list.push_back({linear.path + ".weight", {linear.out, linear.in}});
    const bool inAttention = linear.path.find(".self_attn.") != std::string::npos;
    if (inAttention ? c.attentionBias : c.mlpBias) list.push_back({linear.path + ".bias", {linear.out}});
  }
  for (std::int64_t i = 0; i < c.layers; ++i) {
    const std::string at = "model.layers." + std::to_string(i) + ".";
    list.push_back({at + "input_layernorm.weight", {c.hidden}});
    list.push_back({at + "post_attention_layernorm.weight", {c.hidden}});
  }
  list.push_back({llama::kFinalNorm, {c.hidden}});
  if (c.isClassifier()) {
    if (!index.has(llama::kClassHead))
      throw Error(ErrorKind::kInvalidInput, index.files().front() + ": tensor 'score.weight' is missing",
                  "A sequence classifier needs its head.")
          .inFile(index.files().front());
    const auto& shape = index.entry(llama::kClassHead).shape;
    list.push_back({llama::kClassHead, {shape.empty() ? 0 : shape.front(), c.hidden}});
  } else if (!c.tied || index.has(llama::kHead)) {
    if (!index.has(llama::kHead))
      throw Error(
          ErrorKind::kInvalidInput,
          index.files().front() + ": lm_head.weight is missing and the embeddings are not tied",
          "Set tie_word_embeddings in config.json if the model shares them; else get the complete weights.")
          .inFile(index.files().front());
    list.push_back({llama::kHead, {c.vocabulary, c.hidden}});
  }
  return list;
}

std::shared_ptr<const BaseModel> makeLlama(const ModelConfig& config, TensorMap weights) {
  // A tied model that stores its head too keeps one matrix when both are equal; else the stored head counts.
  if (config.tied && weights.contains(llama::kHead) &&
      at::equal(weights.at(llama::kHead), weights.at(llama::kEmbedding)))
    weights.erase(llama::kHead);
  return std::make_shared<llama::Llama>(config, std::move(weights));
}

}  // namespace attune
