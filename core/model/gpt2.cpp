#include <ATen/ATen.h>

#include <cmath>

#include "core/model/attention.h"
#include "core/model/blocks.h"
#include "core/model/class_head.h"
#include "core/model/decoder_input.h"
#include "core/model/family.h"
#include "core/model/layers.h"
#include "core/model/table.h"

// Radford et al. 2019: pre-norm decoder, learned positions, one matrix for q, k and v, weights stored as
// [in, out]. reference: GPT2LMHeadModel of transformers.
namespace attune {
namespace gpt2 {

const char* const kEmbedding = "transformer.wte.weight";
const char* const kPositions = "transformer.wpe.weight";
const char* const kHead = "lm_head.weight";
const char* const kFinalNorm = "transformer.ln_f";
const char* const kClassHead = "score.weight";

std::string layerPath(std::int64_t i) { return "transformer.h." + std::to_string(i) + "."; }

struct Layer {
  Norm before;
  Linear qkv, out;
  Norm after;
  Linear up, down;
  BlockPlaces places;
};

class Gpt2 final : public BaseModel {
 public:
  Gpt2(const ModelConfig& config, TensorMap tensors) : BaseModel(config, std::move(tensors)) {
    const TensorMap& w = weights();
    final_ = Norm(w, kFinalNorm, config.normEpsilon);
    for (std::int64_t i = 0; i < config.layers; ++i) {
      const std::string at = layerPath(i);
      layers_.push_back({Norm(w, at + "ln_1", config.normEpsilon), Linear(w, at + "attn.c_attn", true),
                         Linear(w, at + "attn.c_proj", true), Norm(w, at + "ln_2", config.normEpsilon),
                         Linear(w, at + "mlp.c_fc", true), Linear(w, at + "mlp.c_proj", true),
                         BlockPlaces("layers", i)});
    }
  }

  std::string headName() const override { return weights().contains(kHead) ? kHead : kEmbedding; }
  std::string embeddingName() const override { return kEmbedding; }
  std::string classHeadName() const override { return kClassHead; }

  at::Tensor hidden(const ModelInput& input, const Attachment& attachment,
                    DecoderCache* cache) const override {
    const DecoderInput in = readDecoderInput(*this, input, attachment, cache);
    const at::Tensor places = attachment.weight(kPositions, weights().at(kPositions));
    const at::Tensor start = in.x + tableRows(places, in.positions);
    const at::Tensor visible = causalMask(in.mask, start.size(1));
    const auto one = [this, &attachment, visible, select = in.select, cache](
                         std::size_t i, const at::Tensor& x, const Beside& beside) {
      return block(i, x, visible, i + 1 == layers_.size() ? select : at::Tensor(), attachment,
                   prefixOf(beside), cache);
    };
    const at::Tensor x = throughBlocks(input, attachment, cache, start, layers_.size(), one);
    if (cache) cache->mask = in.mask;
    return input.blocks >= 0 ? x : final_(x, attachment);
  }

  at::Tensor pooled(const ModelInput& input, const Attachment& attachment) const override {
    return pooledLastToken(*this, input, attachment);
  }

 private:
  at::Tensor block(std::size_t number, const at::Tensor& x, const at::Tensor& visible,
                   const at::Tensor& select, const Attachment& attachment, const KeysAndValues& prefix,
                   DecoderCache* cache) const {
    const Layer& l = layers_[number];
    const ModelConfig& c = config();
    at::Tensor read = l.before(x, attachment);
    const auto qkv = l.qkv(read, attachment).chunk(3, -1);
    at::Tensor k = splitHeads(qkv[1], c.heads), v = splitHeads(qkv[2], c.heads);
    remember(prefix, cache, number, k, v);
    at::Tensor residual = x, queries = qkv[0], mask = visible;
    if (select.defined()) {
      residual = rowsOf(x, select);
      read = rowsOf(read, select);
      queries = rowsOf(queries, select);
      mask = queriesOf(visible, select);
    }
    const double scale = 1.0 / std::sqrt(static_cast<double>(c.headDim));
    const at::Tensor mixed = joinHeads(attention(splitHeads(queries, c.heads), k, v, mask, scale));
    const at::Tensor y = residual + attachment.sublayer(l.places.attention, read, l.out(mixed, attachment));
    const at::Tensor z = l.after(y, attachment);
    const at::Tensor made = l.down(activate(c.activation, l.up(z, attachment)), attachment);
    return y + attachment.sublayer(l.places.feedForward, z, made);
  }

  Norm final_;
  std::vector<Layer> layers_;
};

void read(const ConfigReader& reader, ModelConfig& c) {
  const Json& json = reader.json();
  c.layout = Layout::kDecoder;
  c.vocabulary = reader.size("vocab_size", ConfigReader::kMaxVocabulary);
  c.hidden = reader.size("n_embd", ConfigReader::kMaxWidth);
  c.layers = reader.size("n_layer", ConfigReader::kMaxLayers);
  c.context = reader.size("n_positions", ConfigReader::kMaxContext, 1024);
  c.feedForward = reader.size("n_inner", ConfigReader::kMaxWidth, 4 * c.hidden);
  reader.heads(c, "n_head");
  c.activation = reader.activation("activation_function", "gelu_new");
  c.normEpsilon = reader.positive("layer_norm_epsilon", 1e-5);
  c.tied = json.boolOr("tie_word_embeddings", true);
  c.attentionBias = c.outputBias = c.mlpBias = true;
  for (const char* key :
       {"scale_attn_by_inverse_layer_idx", "reorder_and_upcast_attn", "add_cross_attention"})
    if (json.boolOr(key, false))
      reader.refuse(std::string(key) + " is not supported", "Use a GPT-2 model without it.",
                    ErrorKind::kUnsupported);
  if (!json.boolOr("scale_attn_weights", true))
    reader.refuse("scale_attn_weights false is not supported", "Use a GPT-2 model with scaled attention.",
                  ErrorKind::kUnsupported);
  c.bosId = reader.tokenId("bos_token_id");
  c.eosId = reader.tokenId("eos_token_id");
  c.padId = reader.tokenId("pad_token_id");
}

std::vector<LinearShape> linears(const ModelConfig& c) {
  std::vector<LinearShape> shapes;
  for (std::int64_t i = 0; i < c.layers; ++i) {
    const std::string at = layerPath(i);
    shapes.push_back({at + "attn.c_attn", 3 * c.hidden, c.hidden, true, true});
    shapes.push_back({at + "attn.c_proj", c.hidden, c.hidden, true, true});
    shapes.push_back({at + "mlp.c_fc", c.feedForward, c.hidden, true, true});
    shapes.push_back({at + "mlp.c_proj", c.hidden, c.feedForward, true, true});
  }
  return shapes;
}

std::vector<ExpectedTensor> tensors(const ModelConfig& c, const WeightSource* source) {
  std::vector<ExpectedTensor> list{{kEmbedding, {c.vocabulary, c.hidden}},
                                   {kPositions, {c.context, c.hidden}}};
  const auto norm = [&](const std::string& path) {
    list.push_back({path + ".weight", {c.hidden}});
    list.push_back({path + ".bias", {c.hidden}});
  };
  for (const LinearShape& linear : linears(c)) {
    list.push_back({linear.path + ".weight", {linear.in, linear.out}});
    list.push_back({linear.path + ".bias", {linear.out}});
  }
  for (std::int64_t i = 0; i < c.layers; ++i) {
    norm(layerPath(i) + "ln_1");
    norm(layerPath(i) + "ln_2");
  }
  norm(kFinalNorm);
  // The first published files hold the body alone, without "transformer.".
  for (ExpectedTensor& tensor : list)
    tensor.aliases = {tensor.name.substr(std::string("transformer.").size())};
  if (c.isClassifier())
    list.push_back(classHeadTensor(kClassHead, c, source));
  else if (!c.tied || (source && source->has(kHead)))
    list.push_back({kHead, {c.vocabulary, c.hidden}});
  return list;
}

std::shared_ptr<const BaseModel> make(const ModelConfig& config, TensorMap weights) {
  if (config.tied && weights.contains(kHead) && at::equal(weights.at(kHead), weights.at(kEmbedding)))
    weights.erase(kHead);
  return std::make_shared<Gpt2>(config, std::move(weights));
}

}  // namespace gpt2

Family gpt2Family() {
  return {{"gpt2",
           "GPT-2",
           "Decoders with learned positions: GPT-2 and DistilGPT-2.",
           "Radford et al. 2019, Language Models are Unsupervised Multitask Learners",
           {"GPT2LMHeadModel", "GPT2ForSequenceClassification"}},
          gpt2::read,
          gpt2::linears,
          gpt2::tensors,
          gpt2::make};
}

}  // namespace attune
