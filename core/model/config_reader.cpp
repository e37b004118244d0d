#include "core/model/config_reader.h"

#include <algorithm>
#include <cmath>

#include "core/model/config.h"

namespace attune {

void ConfigReader::refuse(const std::string& message, const std::string& hint, ErrorKind kind) const {
  throw Error(kind, file_ + ": " + message,
              hint.empty() ? "The config does not describe a usable model." : hint)
      .inFile(file_);
}

std::int64_t ConfigReader::size(const char* key, std::int64_t max, std::int64_t fallback) const {
  std::int64_t value = fallback;
  if (const Json* v = json_.find(key); v && !v->isNull()) {
    if (!v->isNumber()) refuse(std::string(key) + " must be a whole number");
    value = v->asInt();
  } else if (fallback == 0) {
    refuse(std::string(key) + " is missing");
  }
  if (value <= 0) refuse(std::string(key) + " must be positive, but is " + std::to_string(value));
  if (value > max)
    refuse(std::string(key) + " is " + std::to_string(value) + ", which no model has (at most " +
           std::to_string(max) + ")");
  return value;
}

double ConfigReader::positive(const Json& object, const char* key, double fallback) const {
  const Json* v = object.find(key);
  if (!v || v->isNull()) return fallback;
  if (!v->isNumber() || !(v->asDouble() > 0)) refuse(std::string(key) + " must be a positive number");
  return v->asDouble();
}

std::int64_t ConfigReader::tokenId(const char* key) const {
  const Json* v = json_.find(key);
  if (!v || v->isNull()) return -1;
  if (v->isArray()) return v->items().empty() ? -1 : v->items().front().asInt();
  return v->asInt();
}

Activation ConfigReader::activation(const char* key, const char* fallback) const {
  const std::string name = json_.stringOr(key, fallback);
  if (name == "silu" || name == "swish") return Activation::kSilu;
  if (name == "gelu") return Activation::kGelu;
  if (name == "gelu_new" || name == "gelu_pytorch_tanh") return Activation::kGeluTanh;
  if (name == "relu") return Activation::kRelu;
  refuse(std::string(key) + " '" + name + "' is not supported", "Supported: silu, gelu, gelu_new, relu.",
         ErrorKind::kUnsupported);
}

void ConfigReader::heads(ModelConfig& c, const char* key) const {
  c.heads = size(key, kMaxWidth);
  c.keyValueHeads = size("num_key_value_heads", kMaxWidth, c.heads);
  if (const Json* v = json_.find("head_dim"); v && !v->isNull()) {
    c.headDim = size("head_dim", kMaxWidth);
  } else {
    if (c.hidden % c.heads != 0)
      refuse("hidden_size " + std::to_string(c.hidden) + " is not a multiple of " + key + " " +
             std::to_string(c.heads));
    c.headDim = c.hidden / c.heads;
  }
  if (c.heads % c.keyValueHeads != 0)
    refuse("num_attention_heads " + std::to_string(c.heads) + " is not a multiple of num_key_value_heads " +
           std::to_string(c.keyValueHeads));
  if (c.heads * c.headDim > kMaxWidth) refuse(std::string(key) + " times head_dim is absurd");
}

void ConfigReader::rope(ModelConfig& c) const {
  c.ropeTheta = positive(json_, "rope_theta", 10000);
  // A non-null rope_scaling wins; only without it does the 5.x object count, and then its theta beats the
  // top-level one.
  const Json* scaling = json_.find("rope_scaling");
  if (!scaling || scaling->isNull()) {
    scaling = json_.find("rope_parameters");
    if (!scaling || scaling->isNull()) return;
    if (scaling->isObject()) c.ropeTheta = positive(*scaling, "rope_theta", c.ropeTheta);
  }
  if (!scaling->isObject()) refuse("the rope scaling must be an object");
  RopeScaling& rope = c.rope;
  rope.type = scaling->stringOr("rope_type", scaling->stringOr("type", "default"));
  const bool known = rope.type == "default" || rope.type == "linear" || rope.type == "dynamic" ||
                     rope.type == "llama3" || rope.type == "yarn" || rope.type == "divisors";
  if (!known)
    refuse("rope scaling '" + rope.type + "' is not supported",
           "Supported kinds: default, linear, dynamic, llama3, yarn.", ErrorKind::kUnsupported);
  rope.originalContext =
      scaling->intOr("original_max_position_embeddings", rope.type == "llama3" ? 8192 : c.context);
  if (rope.originalContext <= 0 || rope.originalContext > kMaxContext)
    refuse("original_max_position_embeddings must be positive");
  double factor = 1;
  if (rope.type == "llama3") factor = 8;
  if (rope.type == "yarn")
    factor = static_cast<double>(c.context) / static_cast<double>(rope.originalContext);
  rope.factor = positive(*scaling, "factor", factor);
  rope.lowFrequencyFactor = positive(*scaling, "low_freq_factor", 1);
  rope.highFrequencyFactor = positive(*scaling, "high_freq_factor", 4);
  rope.betaFast = positive(*scaling, "beta_fast", 32);
  rope.betaSlow = positive(*scaling, "beta_slow", 1);
  rope.truncate = scaling->boolOr("truncate", true);
  if (rope.type == "yarn") {
    const auto scale = [&](double m) { return rope.factor <= 1 ? 1.0 : 0.1 * m * std::log(rope.factor) + 1; };
    const double mscale = scaling->numberOr("mscale", 0), all = scaling->numberOr("mscale_all_dim", 0);
    rope.attentionFactor = positive(*scaling, "attention_factor",
                                    mscale != 0 && all != 0 ? scale(mscale) / scale(all) : scale(1));
  }
  if (const Json* list = scaling->find("divisors"); rope.type == "divisors") {
    if (!list || !list->isArray() || static_cast<std::int64_t>(list->items().size()) * 2 != c.headDim)
      refuse("the divisors of the rotary frequencies do not fit the head size");
    for (const Json& v : list->items()) {
      rope.divisors.push_back(v.asDouble());
      if (!(rope.divisors.back() > 0)) refuse("the divisors of the rotary frequencies must be positive");
    }
  }
}

void ConfigReader::decoder(ModelConfig& c, std::int64_t context) const {
  c.layout = Layout::kDecoder;
  c.vocabulary = size("vocab_size", kMaxVocabulary);
  c.hidden = size("hidden_size", kMaxWidth);
  c.feedForward = size("intermediate_size", kMaxWidth);
  c.layers = size("num_hidden_layers", kMaxLayers);
  heads(c, "num_attention_heads");
  if (c.headDim % 2 != 0) refuse("head_dim " + std::to_string(c.headDim) + " is odd; rotary needs pairs");
  c.context = size("max_position_embeddings", kMaxContext, context);
  c.activation = activation("hidden_act", "silu");
  c.gated = true;
  c.normEpsilon = positive("rms_norm_eps", 1e-6);
  c.tied = json_.boolOr("tie_word_embeddings", false);
  c.bosId = tokenId("bos_token_id");
  c.eosId = tokenId("eos_token_id");
  c.padId = tokenId("pad_token_id");
  rope(c);
}

void ConfigReader::layerTypes(ModelConfig& c) const {
  const Json* list = json_.find("layer_types");
  if (!list || !list->isArray()) return;
  if (static_cast<std::int64_t>(list->items().size()) != c.layers)
    refuse("layer_types names " + std::to_string(list->items().size()) + " layers, but there are " +
           std::to_string(c.layers));
  c.windowedLayers.clear();
  for (const Json& kind : list->items()) {
    const std::string& name = kind.asString();
    if (name != "full_attention" && name != "sliding_attention")
      refuse("layer type '" + name + "' is not supported", "Supported: full_attention, sliding_attention.",
             ErrorKind::kUnsupported);
    c.windowedLayers.push_back(name == "sliding_attention");
  }
}

}  // namespace attune
