#include <ATen/ATen.h>

#include <cmath>

#include "core/base/error.h"
#include "core/model/attention.h"
#include "core/model/blocks.h"
#include "core/model/class_head.h"
#include "core/model/decoder_input.h"
#include "core/model/family.h"
#include "core/model/layers.h"
#include "core/model/table.h"

// Devlin et al. 2019: encoder with post-norm, learned positions and kinds of sentence; MiniLM is one.
// reference: BertModel and BertForSequenceClassification of transformers.
namespace attune {
namespace bert {

const char* const kWords = "bert.embeddings.word_embeddings.weight";
const char* const kPositions = "bert.embeddings.position_embeddings.weight";
const char* const kKinds = "bert.embeddings.token_type_embeddings.weight";
const char* const kNorm = "bert.embeddings.LayerNorm";
const char* const kPooler = "bert.pooler.dense";
const char* const kClassHead = "classifier.weight";

std::string layerPath(std::int64_t i) { return "bert.encoder.layer." + std::to_string(i) + "."; }

struct Layer {
  Linear query, key, value, mixed;
  Norm afterAttention;
  Linear up, down;
  Norm afterFeedForward;
  BlockPlaces places;
};

class Bert final : public BaseModel {
 public:
  Bert(const ModelConfig& config, TensorMap tensors) : BaseModel(config, std::move(tensors)) {
    const TensorMap& w = weights();
    norm_ = Norm(w, kNorm, config.normEpsilon);
    for (std::int64_t i = 0; i < config.layers; ++i) {
      const std::string at = layerPath(i);
      layers_.push_back({Linear(w, at + "attention.self.query"), Linear(w, at + "attention.self.key"),
                         Linear(w, at + "attention.self.value"), Linear(w, at + "attention.output.dense"),
                         Norm(w, at + "attention.output.LayerNorm", config.normEpsilon),
                         Linear(w, at + "intermediate.dense"), Linear(w, at + "output.dense"),
                         Norm(w, at + "output.LayerNorm", config.normEpsilon), BlockPlaces("layers", i)});
    }
    if (w.contains(std::string(kPooler) + ".weight")) pooler_ = Linear(w, kPooler);
  }

  std::string headName() const override {
    throw Error(ErrorKind::kUnsupported, "an encoder has no output head over the vocabulary",
                "Use a base that continues text, or a method with a classification head.");
  }
  std::string embeddingName() const override { return kWords; }
  std::string classHeadName() const override { return kClassHead; }

  at::Tensor hidden(const ModelInput& input, const Attachment& attachment, DecoderCache*) const override {
    // 1. Words with virtual rows in front; positions count columns, padding or not.
    at::Tensor x = attachment.embedding(kWords, input.ids, attachment.weight(kWords, weights().at(kWords)));
    at::Tensor mask = input.mask.defined() ? input.mask : at::ones_like(input.ids);
    at::Tensor kinds = input.tokenTypes.defined() ? input.tokenTypes : at::zeros_like(input.ids);
    at::Tensor select = input.select;
    if (const at::Tensor rows = attachment.virtualRows(); rows.defined()) {
      const std::int64_t batch = x.size(0);
      x = at::cat({rows.unsqueeze(0).expand({batch, -1, -1}), x}, 1);
      mask = at::cat({at::ones({batch, rows.size(0)}, mask.options()), mask}, 1);
      kinds = at::cat({at::zeros({batch, rows.size(0)}, kinds.options()), kinds}, 1);
      if (select.defined()) select = select + rows.size(0);
    }
    // A prefix takes positions as well.
    const std::int64_t first = attachment.prefixLength();
    const at::Tensor places = at::arange(first, first + x.size(1), input.ids.options()).unsqueeze(0);
    x = x + tableRows(attachment.weight(kKinds, weights().at(kKinds)), kinds) +
        tableRows(attachment.weight(kPositions, weights().at(kPositions)), places);
    x = norm_(x, attachment);

    // 2. Blocks. The last one computes only what is asked for.
    const at::Tensor visible = paddingMask(withPrefix(attachment, mask));
    const auto one = [this, &attachment, visible, select](std::size_t i, const at::Tensor& in,
                                                          const Beside& beside) {
      return block(i, in, visible, i + 1 == layers_.size() ? select : at::Tensor(), attachment,
                   prefixOf(beside));
    };
    return throughBlocks(input, attachment, nullptr, x, layers_.size(), one);
  }

  // tanh(W·first token + b) where the model has a pooler; else the mean of the real tokens.
  at::Tensor pooled(const ModelInput& input, const Attachment& attachment) const override {
    if (!pooler_.weight.defined()) {
      const at::Tensor states = hidden(input, attachment, nullptr);
      at::Tensor mask = input.mask.defined() ? input.mask : at::ones_like(input.ids);
      if (const std::int64_t rows = states.size(1) - mask.size(1); rows > 0)
        mask = at::cat({at::ones({mask.size(0), rows}, mask.options()), mask}, 1);
      return meanPooled(states, mask);
    }
    ModelInput first = input;
    // The very first place, a virtual row where there are any.
    const at::Tensor rows = attachment.virtualRows();
    const std::int64_t place = rows.defined() ? -rows.size(0) : 0;
    first.select = at::full({input.ids.size(0), 1}, place, at::kLong);
    return at::tanh(pooler_(hidden(first, attachment, nullptr).squeeze(1), attachment));
  }

 private:
  at::Tensor block(std::size_t number, const at::Tensor& x, const at::Tensor& visible,
                   const at::Tensor& select, const Attachment& attachment,
                   const KeysAndValues& prefix) const {
    const Layer& l = layers_[number];
    const ModelConfig& c = config();
    const at::Tensor asked = select.defined() ? rowsOf(x, select) : x;
    const at::Tensor q = splitHeads(l.query(asked, attachment), c.heads);
    at::Tensor k = splitHeads(l.key(x, attachment), c.heads);
    at::Tensor v = splitHeads(l.value(x, attachment), c.heads);
    remember(prefix, nullptr, number, k, v);
    const double scale = 1.0 / std::sqrt(static_cast<double>(c.headDim));
    const at::Tensor mixed = l.mixed(joinHeads(attention(q, k, v, visible, scale)), attachment);
    const at::Tensor y =
        l.afterAttention.ofSum(asked, attachment.sublayer(l.places.attention, asked, mixed), attachment);
    const at::Tensor z = l.down(activate(c.activation, l.up(y, attachment)), attachment);
    return l.afterFeedForward.ofSum(y, attachment.sublayer(l.places.feedForward, y, z), attachment);
  }

  Norm norm_;
  std::vector<Layer> layers_;
  Linear pooler_;
};

void read(const ConfigReader& reader, ModelConfig& c) {
  c.layout = Layout::kEncoder;
  c.vocabulary = reader.size("vocab_size", ConfigReader::kMaxVocabulary, 30522);
  c.hidden = reader.size("hidden_size", ConfigReader::kMaxWidth, 768);
  c.layers = reader.size("num_hidden_layers", ConfigReader::kMaxLayers, 12);
  c.feedForward = reader.size("intermediate_size", ConfigReader::kMaxWidth, 3072);
  reader.heads(c, "num_attention_heads");
  c.context = reader.size("max_position_embeddings", ConfigReader::kMaxContext, 512);
  c.pooler = true;
  c.tokenTypes = reader.size("type_vocab_size", ConfigReader::kMaxWidth, 2);
  c.activation = reader.activation("hidden_act", "gelu");
  c.normEpsilon = reader.positive("layer_norm_eps", 1e-12);
  c.attentionBias = c.outputBias = c.mlpBias = true;
  c.tied = true;
  c.padId = reader.tokenId("pad_token_id");
  if (const std::string kind = reader.json().stringOr("position_embedding_type", "absolute");
      kind != "absolute")
    reader.refuse("position_embedding_type '" + kind + "' is not supported", "Supported: absolute.",
                  ErrorKind::kUnsupported);
  if (reader.json().boolOr("is_decoder", false))
    reader.refuse("a BERT decoder is not supported", "Use a BERT encoder.", ErrorKind::kUnsupported);
}

std::vector<LinearShape> linears(const ModelConfig& c) {
  std::vector<LinearShape> shapes;
  for (std::int64_t i = 0; i < c.layers; ++i) {
    const std::string at = layerPath(i);
    for (const char* name : {"query", "key", "value"})
      shapes.push_back({at + "attention.self." + name, c.hidden, c.hidden, true});
    shapes.push_back({at + "attention.output.dense", c.hidden, c.hidden, true});
    shapes.push_back({at + "intermediate.dense", c.feedForward, c.hidden, true});
    shapes.push_back({at + "output.dense", c.hidden, c.feedForward, true});
  }
  if (c.pooler) shapes.push_back({kPooler, c.hidden, c.hidden, true});
  return shapes;
}

// Published under names with and without "bert."; the first files call a norm's weight and bias gamma and
// beta.
std::vector<std::string> aliases(const std::string& name) {
  const std::string plain = name.substr(std::string("bert.").size());
  std::vector<std::string> list{plain};
  for (const std::string& base : {name, plain})
    for (const auto& [now, before] : {std::pair{"LayerNorm.weight", "gamma"}, {"LayerNorm.bias", "beta"}})
      if (base.ends_with(now))
        list.push_back(base.substr(0, base.size() - std::string(now).size()) + "LayerNorm." + before);
  return list;
}

std::vector<ExpectedTensor> tensors(const ModelConfig& c, const WeightSource* source) {
  std::vector<ExpectedTensor> list{{kWords, {c.vocabulary, c.hidden}},
                                   {kPositions, {c.context, c.hidden}},
                                   {kKinds, {c.tokenTypes, c.hidden}}};
  const auto pair = [&](const std::string& path, std::vector<std::int64_t> shape) {
    list.push_back({path + ".bias", {shape.front()}});
    list.push_back({path + ".weight", std::move(shape)});
  };
  pair(kNorm, {c.hidden});
  const std::string pooler = std::string(kPooler) + ".weight";
  const bool pools = c.pooler && (!source || source->has(pooler) || source->has("pooler.dense.weight"));
  for (const LinearShape& linear : linears(c))
    if (linear.path != kPooler || pools) pair(linear.path, {linear.out, linear.in});
  for (std::int64_t i = 0; i < c.layers; ++i) {
    pair(layerPath(i) + "attention.output.LayerNorm", {c.hidden});
    pair(layerPath(i) + "output.LayerNorm", {c.hidden});
  }
  for (ExpectedTensor& tensor : list) tensor.aliases = aliases(tensor.name);
  if (c.isClassifier()) {
    const ExpectedTensor head = classHeadTensor(kClassHead, c, source);
    list.push_back({"classifier.bias", {head.shape.front()}});
    list.push_back(head);
  }
  return list;
}

std::shared_ptr<const BaseModel> make(const ModelConfig& config, TensorMap weights) {
  ModelConfig found = config;
  found.pooler = weights.contains(std::string(kPooler) + ".weight");
  return std::make_shared<Bert>(found, std::move(weights));
}

}  // namespace bert

Family bertFamily() {
  return {{"bert",
           "BERT and MiniLM",
           "Encoders: they read a text and answer through a classification head, but write nothing.",
           "Devlin et al. 2019, arXiv:1810.04805; Wang et al. 2020, arXiv:2002.10957",
           {"BertModel", "BertForSequenceClassification", "BertForMaskedLM", "BertForPreTraining"}},
          bert::read,
          bert::linears,
          bert::tensors,
          bert::make};
}

}  // namespace attune
