#include <ATen/ATen.h>

#include <cmath>

#include "core/base/error.h"
#include "core/model/attention.h"
#include "core/model/blocks.h"
#include "core/model/decoder_input.h"
#include "core/model/family.h"
#include "core/model/layers.h"
#include "core/model/relative_bias.h"

// Raffel et al. 2020: encoder-decoder with relative positions; versions 1.0, 1.1 and Flan. reference:
// T5ForConditionalGeneration of transformers.
namespace attune {
namespace t5 {

const char* const kShared = "shared.weight";
const char* const kHead = "lm_head.weight";

std::string blockPath(const char* stack, std::int64_t i) {
  return std::string(stack) + ".block." + std::to_string(i) + ".layer.";
}
std::string biasName(const char* stack) {
  return blockPath(stack, 0) + "0.SelfAttention.relative_attention_bias.weight";
}

struct Attention {
  Norm norm;
  Linear q, k, v, o;
};
struct FeedForward {
  Norm norm;
  Linear in, gate, out;  // gate: wi_0 of the gated form
};
struct Block {
  Attention self, cross;
  FeedForward feedForward;
  BlockPlaces places;
};
struct Stack {
  std::vector<Block> blocks;
  Norm final;
  std::string biasName;
};

class T5 final : public BaseModel {
 public:
  T5(const ModelConfig& config, TensorMap tensors) : BaseModel(config, std::move(tensors)) {
    encoder_ = stack("encoder", config.layers, false);
    decoder_ = stack("decoder", config.decoderLayers, true);
  }

  std::string headName() const override { return weights().contains(kHead) ? kHead : kShared; }
  std::string embeddingName() const override { return kShared; }
  std::string classHeadName() const override { return "classifier.weight"; }

  at::Tensor hidden(const ModelInput& input, const Attachment& attachment,
                    DecoderCache* cache) const override {
    // 1. The encoder, once; the decoder's look at it is kept in the cache.
    DecoderCache own;
    DecoderCache& memory = cache ? *cache : own;
    if (!memory.encoderMask.defined()) {
      const auto [states, mask] = encode(input, attachment);
      memory.encoderMask = mask;
      for (const Block& b : decoder_.blocks) {
        memory.crossKeys.push_back(splitHeads(b.cross.k(states, attachment), config().heads));
        memory.crossValues.push_back(splitHeads(b.cross.v(states, attachment), config().heads));
      }
    }

    // 2. The decoder.
    at::Tensor x =
        attachment.embedding(kShared, input.decoderIds, attachment.weight(kShared, weights().at(kShared)));
    at::Tensor mask = input.decoderMask.defined() ? input.decoderMask : at::ones_like(input.decoderIds);
    const std::int64_t steps = x.size(1);
    mask = memory.empty() ? withPrefix(attachment, mask) : at::cat({memory.mask, mask}, 1);
    const at::Tensor table = attachment.weight(decoder_.biasName, weights().at(decoder_.biasName));
    const at::Tensor seen =
        relativeBias(table, steps, mask.size(1), false, config().relativeDistance) + causalMask(mask, steps);
    const at::Tensor read = paddingMask(memory.encoderMask);
    const Prefix prefix = attachment.prefix();
    const auto beside = [&](std::size_t i) {
      Beside tensors{seen, memory.crossKeys[i], memory.crossValues[i]};
      for (at::Tensor& tensor : besideOf(prefix, i)) tensors.push_back(std::move(tensor));
      return tensors;
    };
    const auto one = [this, &attachment, read, select = input.select, cache](
                         std::size_t i, const at::Tensor& in, const Beside& by) {
      return decode(i, in, by, read, i + 1 == decoder_.blocks.size() ? select : at::Tensor(), attachment,
                    cache);
    };
    x = throughBlocks(attachment, cache, x, 0, decoder_.blocks.size(), beside, one);
    if (cache) cache->mask = mask;
    x = decoder_.final(x, attachment);
    return config().scaleOutput ? x * (1.0 / std::sqrt(static_cast<double>(config().hidden))) : x;
  }

  // The mean of what the encoder makes of the real tokens.
  at::Tensor pooled(const ModelInput& input, const Attachment& attachment) const override {
    const auto [states, mask] = encode(input, attachment);
    return meanPooled(states, mask);
  }

 private:
  Attention attention(const std::string& path, const char* name) const {
    const TensorMap& w = weights();
    const std::string at = path + name + ".";
    return {Norm(w, path + "layer_norm", config().normEpsilon), Linear(w, at + "q"), Linear(w, at + "k"),
            Linear(w, at + "v"), Linear(w, at + "o")};
  }

  Stack stack(const char* name, std::int64_t layers, bool decodes) const {
    const TensorMap& w = weights();
    Stack s;
    for (std::int64_t i = 0; i < layers; ++i) {
      const std::string path = blockPath(name, i);
      Block b;
      b.places = BlockPlaces(std::string(name) + ".layers", i);
      b.self = attention(path + "0.", "SelfAttention");
      if (decodes) b.cross = attention(path + "1.", "EncDecAttention");
      const std::string forward = path + (decodes ? "2." : "1.");
      b.feedForward.norm = Norm(w, forward + "layer_norm", config().normEpsilon);
      b.feedForward.in = Linear(w, forward + (config().gated ? "DenseReluDense.wi_1" : "DenseReluDense.wi"));
      if (config().gated) b.feedForward.gate = Linear(w, forward + "DenseReluDense.wi_0");
      b.feedForward.out = Linear(w, forward + "DenseReluDense.wo");
      s.blocks.push_back(std::move(b));
    }
    s.final = Norm(w, std::string(name) + ".final_layer_norm", config().normEpsilon);
    s.biasName = biasName(name);
    return s;
  }

  std::pair<at::Tensor, at::Tensor> encode(const ModelInput& input, const Attachment& attachment) const {
    ModelInput text = input;
    text.select = at::Tensor();
    const DecoderInput in = readDecoderInput(*this, text, attachment, nullptr);  // virtual rows in front
    at::Tensor x = in.x;
    const at::Tensor table = attachment.weight(encoder_.biasName, weights().at(encoder_.biasName));
    const at::Tensor bias =
        relativeBias(table, x.size(1), x.size(1), true, config().relativeDistance) + paddingMask(in.mask);
    const auto one = [this, &attachment](std::size_t i, const at::Tensor& states, const Beside& beside) {
      const Block& b = encoder_.blocks[i];
      const at::Tensor h = b.self.norm(states, attachment);
      const at::Tensor k = splitHeads(b.self.k(h, attachment), config().heads);
      const at::Tensor v = splitHeads(b.self.v(h, attachment), config().heads);
      const at::Tensor y =
          states + attachment.sublayer(b.places.attention, h, attend(b.self, h, k, v, beside[0], attachment));
      return y + feedForward(b, y, attachment);
    };
    x = throughBlocks(
        attachment, nullptr, x, 0, encoder_.blocks.size(), [&](std::size_t) { return Beside{bias}; }, one);
    return {encoder_.final(x, attachment), in.mask};
  }

  // A block of the decoder. Beside: what it sees and how far it is, keys and values of the encoder's states,
  // and those of a prefix.
  at::Tensor decode(std::size_t number, at::Tensor x, const Beside& beside, const at::Tensor& read,
                    const at::Tensor& select, const Attachment& attachment, DecoderCache* cache) const {
    const Block& b = decoder_.blocks[number];
    const at::Tensor h = b.self.norm(x, attachment);
    at::Tensor k = splitHeads(b.self.k(h, attachment), config().heads);
    at::Tensor v = splitHeads(b.self.v(h, attachment), config().heads);
    remember(prefixOf(beside, 3), cache, number, k, v);
    at::Tensor queries = h, bias = beside[0];
    // Only what is asked for goes on behind the last self-attention.
    if (select.defined()) {
      x = rowsOf(x, select);
      queries = rowsOf(h, select);
      bias = queriesOf(beside[0], select);
    }
    x = x + attachment.sublayer(b.places.attention, queries, attend(b.self, queries, k, v, bias, attachment));
    const at::Tensor asking = b.cross.norm(x, attachment);
    x = x + attachment.sublayer(b.places.crossAttention, asking,
                                attend(b.cross, asking, beside[1], beside[2], read, attachment));
    return x + feedForward(b, x, attachment);
  }

  // Scores are not scaled: the weights were initialised for that.
  at::Tensor attend(const Attention& a, const at::Tensor& queries, const at::Tensor& k, const at::Tensor& v,
                    const at::Tensor& bias, const Attachment& attachment) const {
    const at::Tensor q = splitHeads(a.q(queries, attachment), config().heads);
    return a.o(joinHeads(attune::attention(q, k, v, bias, 1)), attachment);
  }

  at::Tensor feedForward(const Block& b, const at::Tensor& x, const Attachment& attachment) const {
    const FeedForward& f = b.feedForward;
    const at::Tensor h = f.norm(x, attachment);
    const at::Tensor in = f.in(h, attachment);
    const at::Tensor inner = config().gated ? gated(config().activation, f.gate(h, attachment), in)
                                            : activate(config().activation, in);
    return attachment.sublayer(b.places.feedForward, h, f.out(inner, attachment));
  }

  Stack encoder_;
  Stack decoder_;
};

void read(const ConfigReader& reader, ModelConfig& c) {
  const Json& json = reader.json();
  c.layout = Layout::kEncoderDecoder;
  c.vocabulary = reader.size("vocab_size", ConfigReader::kMaxVocabulary, 32128);
  c.hidden = reader.size("d_model", ConfigReader::kMaxWidth, 512);
  c.headDim = reader.size("d_kv", ConfigReader::kMaxWidth, 64);
  c.feedForward = reader.size("d_ff", ConfigReader::kMaxWidth, 2048);
  c.layers = reader.size("num_layers", ConfigReader::kMaxLayers, 6);
  c.decoderLayers = reader.size("num_decoder_layers", ConfigReader::kMaxLayers, c.layers);
  c.heads = c.keyValueHeads = reader.size("num_heads", ConfigReader::kMaxWidth, 8);
  if (c.heads * c.headDim > ConfigReader::kMaxWidth) reader.refuse("num_heads times d_kv is absurd");
  c.relativeBuckets = reader.size("relative_attention_num_buckets", ConfigReader::kMaxWidth, 32);
  c.relativeDistance = reader.size("relative_attention_max_distance", ConfigReader::kMaxContext, 128);
  if (c.relativeBuckets % 4 != 0 || c.relativeDistance <= c.relativeBuckets / 2)
    reader.refuse("relative_attention_num_buckets and relative_attention_max_distance do not fit each other");
  // Positions are relative: nothing ends at a length, but nothing was trained on a longer one.
  c.context = reader.size("n_positions", ConfigReader::kMaxContext, 512);
  std::string kind = json.stringOr("feed_forward_proj", "relu");
  c.gated = kind.starts_with("gated-");
  if (c.gated) kind = kind.substr(6);
  if (kind == "gelu" && c.gated) kind = "gelu_new";  // what the name has always meant
  if (kind == "relu")
    c.activation = Activation::kRelu;
  else if (kind == "gelu_new")
    c.activation = Activation::kGeluTanh;
  else if (kind == "gelu")
    c.activation = Activation::kGelu;
  else if (kind == "silu")
    c.activation = Activation::kSilu;
  else
    reader.refuse("feed_forward_proj '" + kind + "' is not supported", "Supported: relu, gated-gelu.",
                  ErrorKind::kUnsupported);
  c.normEpsilon = reader.positive("layer_norm_epsilon", 1e-6);
  c.tied = json.boolOr("tie_word_embeddings", true);
  c.scaleOutput = json.boolOr("scale_decoder_outputs", c.tied);
  c.eosId = reader.tokenId("eos_token_id");
  c.padId = reader.tokenId("pad_token_id");
  c.decoderStartId = reader.tokenId("decoder_start_token_id");
  if (c.decoderStartId < 0) c.decoderStartId = std::max<std::int64_t>(c.padId, 0);
}

void attentionLinears(std::vector<LinearShape>& shapes, const ModelConfig& c, const std::string& path) {
  const std::int64_t inner = c.heads * c.headDim;
  for (const char* name : {"q", "k", "v"}) shapes.push_back({path + name, inner, c.hidden});
  shapes.push_back({path + "o", c.hidden, inner});
}

void feedForwardLinears(std::vector<LinearShape>& shapes, const ModelConfig& c, const std::string& path) {
  if (c.gated) {
    shapes.push_back({path + "wi_0", c.feedForward, c.hidden});
    shapes.push_back({path + "wi_1", c.feedForward, c.hidden});
  } else {
    shapes.push_back({path + "wi", c.feedForward, c.hidden});
  }
  shapes.push_back({path + "wo", c.hidden, c.feedForward});
}

std::vector<LinearShape> linears(const ModelConfig& c) {
  std::vector<LinearShape> shapes;
  for (std::int64_t i = 0; i < c.layers; ++i) {
    attentionLinears(shapes, c, blockPath("encoder", i) + "0.SelfAttention.");
    feedForwardLinears(shapes, c, blockPath("encoder", i) + "1.DenseReluDense.");
  }
  for (std::int64_t i = 0; i < c.decoderLayers; ++i) {
    attentionLinears(shapes, c, blockPath("decoder", i) + "0.SelfAttention.");
    attentionLinears(shapes, c, blockPath("decoder", i) + "1.EncDecAttention.");
    feedForwardLinears(shapes, c, blockPath("decoder", i) + "2.DenseReluDense.");
  }
  return shapes;
}

std::vector<ExpectedTensor> tensors(const ModelConfig& c, const WeightSource* source) {
  std::vector<ExpectedTensor> list{
      {kShared, {c.vocabulary, c.hidden}, {"encoder.embed_tokens.weight", "decoder.embed_tokens.weight"}}};
  for (const LinearShape& linear : linears(c))
    list.push_back({linear.path + ".weight", {linear.out, linear.in}});
  const auto norms = [&](const char* stack, std::int64_t layers, int sublayers) {
    list.push_back({biasName(stack), {c.relativeBuckets, c.heads}});
    for (std::int64_t i = 0; i < layers; ++i)
      for (int k = 0; k < sublayers; ++k)
        list.push_back({blockPath(stack, i) + std::to_string(k) + ".layer_norm.weight", {c.hidden}});
    list.push_back({std::string(stack) + ".final_layer_norm.weight", {c.hidden}});
  };
  norms("encoder", c.layers, 2);
  norms("decoder", c.decoderLayers, 3);
  // A stored head is used whatever the config calls tied: version 5 of transformers calls every T5 tied.
  if (source ? source->has(kHead) : !c.tied) list.push_back({kHead, {c.vocabulary, c.hidden}});
  return list;
}

std::shared_ptr<const BaseModel> make(const ModelConfig& config, TensorMap weights) {
  if (weights.contains(kHead) && at::equal(weights.at(kHead), weights.at(kShared))) weights.erase(kHead);
  return std::make_shared<T5>(config, std::move(weights));
}

}  // namespace t5

Family t5Family() {
  return {{"t5",
           "T5 and Flan-T5",
           "Encoder-decoders: they read a text and write the answer.",
           "Raffel et al. 2020, arXiv:1910.10683; Chung et al. 2022, arXiv:2210.11416",
           {"T5ForConditionalGeneration", "T5WithLMHeadModel"}},
          t5::read,
          t5::linears,
          t5::tensors,
          t5::make};
}

}  // namespace attune
