#include "core/model/config.h"

#include <filesystem>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/model/catalog.h"

namespace attune {
namespace config {

// Bounds on what a config may ask for: far above every published model, far below what would exhaust memory
// or overflow a product of two of them.
constexpr std::int64_t kMaxWidth = 1 << 20;
constexpr std::int64_t kMaxLayers = 1024;
constexpr std::int64_t kMaxVocabulary = 1 << 24;
constexpr std::int64_t kMaxContext = 1 << 26;

class Reader {
 public:
  Reader(const Json& json, std::string file) : json_(json), file_(std::move(file)) {}

  [[noreturn]] void refuse(const std::string& message, const std::string& hint = {},
                           ErrorKind kind = ErrorKind::kInvalidInput) const {
    throw Error(kind, file_ + ": " + message,
                hint.empty() ? "The config does not describe a usable model." : hint)
        .inFile(file_);
  }

  std::int64_t size(const char* key, std::int64_t max, std::int64_t fallback = 0) const {
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

  double positive(const Json& object, const char* key, double fallback) const {
    const Json* v = object.find(key);
    if (!v || v->isNull()) return fallback;
    if (!v->isNumber() || !(v->asDouble() > 0)) refuse(std::string(key) + " must be a positive number");
    return v->asDouble();
  }

  std::int64_t tokenId(const char* key) const {
    const Json* v = json_.find(key);
    if (!v || v->isNull()) return -1;
    if (v->isArray()) return v->items().empty() ? -1 : v->items().front().asInt();
    return v->asInt();
  }

 private:
  const Json& json_;
  std::string file_;
};

std::string known() {
  std::string list;
  for (const FamilyInfo& family : modelFamilies())
    for (const std::string& name : family.architectures) list += (list.empty() ? "" : ", ") + name;
  return "Attune can open: " + list + ".";
}

void readRope(const Json& json, const Reader& reader, ModelConfig& c) {
  c.ropeTheta = reader.positive(json, "rope_theta", 10000);
  // A non-null rope_scaling wins; only without it does the 5.x object count, and then its theta beats the
  // top-level one.
  const Json* scaling = json.find("rope_scaling");
  if (!scaling || scaling->isNull()) {
    scaling = json.find("rope_parameters");
    if (!scaling || scaling->isNull()) return;
    c.ropeTheta = reader.positive(*scaling, "rope_theta", c.ropeTheta);
  }
  if (!scaling->isObject()) reader.refuse("the rope scaling must be an object");
  RopeScaling& rope = c.rope;
  rope.type = scaling->stringOr("rope_type", scaling->stringOr("type", "default"));
  if (rope.type != "default" && rope.type != "linear" && rope.type != "llama3")
    reader.refuse("rope scaling '" + rope.type + "' is not supported",
                  "Supported kinds: default, linear, llama3.", ErrorKind::kUnsupported);
  rope.factor = reader.positive(*scaling, "factor", rope.type == "llama3" ? 8 : 1);
  rope.lowFrequencyFactor = reader.positive(*scaling, "low_freq_factor", 1);
  rope.highFrequencyFactor = reader.positive(*scaling, "high_freq_factor", 4);
  rope.originalContext =
      scaling->intOr("original_max_position_embeddings", rope.type == "llama3" ? 8192 : c.context);
  if (rope.originalContext <= 0) reader.refuse("original_max_position_embeddings must be positive");
}

}  // namespace config

bool ModelConfig::isClassifier() const { return architecture.ends_with("ForSequenceClassification"); }

ModelConfig readModelConfig(const std::string& folder) {
  const std::string file = (std::filesystem::path(folder) / "config.json").string();
  if (!std::filesystem::exists(file))
    throw Error(ErrorKind::kNotFound, folder + ": config.json is missing",
                "Choose the folder of a model in Hugging Face layout: config.json, model.safetensors and a "
                "tokenizer.")
        .inFile(file);
  const Json json = parseJson(readFile(file, 16 << 20), file);
  const config::Reader reader(json, file);
  if (!json.isObject()) reader.refuse("is no JSON object");

  ModelConfig c;
  try {
    c.family = json.stringOr("model_type", "");
    if (c.family.empty()) reader.refuse("model_type is missing", config::known());
    if (const Json* list = json.find("architectures"); list && list->isArray() && !list->items().empty())
      c.architecture = list->items().front().asString();
    bool known = false;
    for (const FamilyInfo& family : modelFamilies()) {
      if (family.name != c.family) continue;
      if (c.architecture.empty()) c.architecture = family.architectures.front();
      for (const std::string& name : family.architectures) known = known || name == c.architecture;
    }
    if (!known)
      reader.refuse(
          "architecture " + (c.architecture.empty() ? c.family : c.architecture) + " is not supported",
          config::known(), ErrorKind::kUnsupported);

    c.vocabulary = reader.size("vocab_size", config::kMaxVocabulary);
    c.hidden = reader.size("hidden_size", config::kMaxWidth);
    c.feedForward = reader.size("intermediate_size", config::kMaxWidth);
    c.layers = reader.size("num_hidden_layers", config::kMaxLayers);
    c.heads = reader.size("num_attention_heads", config::kMaxWidth);
    c.keyValueHeads = reader.size("num_key_value_heads", config::kMaxWidth, c.heads);
    c.context = reader.size("max_position_embeddings", config::kMaxContext, 2048);
    if (const Json* v = json.find("head_dim"); v && !v->isNull()) {
      c.headDim = reader.size("head_dim", config::kMaxWidth);
    } else {
      if (c.hidden % c.heads != 0)
        reader.refuse("hidden_size " + std::to_string(c.hidden) +
                      " is not a multiple of num_attention_heads " + std::to_string(c.heads));
      c.headDim = c.hidden / c.heads;
    }
    if (c.heads % c.keyValueHeads != 0)
      reader.refuse("num_attention_heads " + std::to_string(c.heads) +
                    " is not a multiple of num_key_value_heads " + std::to_string(c.keyValueHeads));
    if (c.headDim % 2 != 0)
      reader.refuse("head_dim " + std::to_string(c.headDim) + " is odd; rotary needs pairs");
    if (c.heads * c.headDim > config::kMaxWidth)
      reader.refuse("num_attention_heads times head_dim is absurd");
    if (const std::string act = json.stringOr("hidden_act", "silu"); act != "silu")
      reader.refuse("hidden_act '" + act + "' is not supported", "Supported: silu.", ErrorKind::kUnsupported);
    c.normEpsilon = reader.positive(json, "rms_norm_eps", 1e-6);
    c.tied = json.boolOr("tie_word_embeddings", false);
    c.attentionBias = json.boolOr("attention_bias", false);
    c.mlpBias = json.boolOr("mlp_bias", false);
    c.bosId = reader.tokenId("bos_token_id");
    c.eosId = reader.tokenId("eos_token_id");
    c.padId = reader.tokenId("pad_token_id");
    config::readRope(json, reader, c);
  } catch (Error& e) {
    if (e.file().empty()) throw Error(e.kind(), file + ": " + e.what(), e.hint()).inFile(file);
    throw;
  }
  return c;
}

std::vector<LinearShape> linearShapes(const ModelConfig& c) {
  std::vector<LinearShape> shapes;
  const std::int64_t queries = c.heads * c.headDim, keys = c.keyValueHeads * c.headDim;
  for (std::int64_t i = 0; i < c.layers; ++i) {
    const std::string at = "model.layers." + std::to_string(i) + ".";
    shapes.push_back({at + "self_attn.q_proj", queries, c.hidden});
    shapes.push_back({at + "self_attn.k_proj", keys, c.hidden});
    shapes.push_back({at + "self_attn.v_proj", keys, c.hidden});
    shapes.push_back({at + "self_attn.o_proj", c.hidden, queries});
    shapes.push_back({at + "mlp.gate_proj", c.feedForward, c.hidden});
    shapes.push_back({at + "mlp.up_proj", c.feedForward, c.hidden});
    shapes.push_back({at + "mlp.down_proj", c.hidden, c.feedForward});
  }
  return shapes;
}

std::int64_t parameterCount(const ModelConfig& c) {
  std::int64_t count = (c.tied ? 1 : 2) * c.vocabulary * c.hidden + (2 * c.layers + 1) * c.hidden;
  for (const LinearShape& shape : linearShapes(c)) {
    count += shape.out * shape.in;
    const bool inAttention = shape.path.find(".self_attn.") != std::string::npos;
    if (inAttention ? c.attentionBias : c.mlpBias) count += shape.out;
  }
  return count;
}

}  // namespace attune
