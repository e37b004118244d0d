#include "core/base/error.h"
#include "core/model/gguf_names.h"
#include "core/model/gguf_weights.h"
#include "core/model/rotary.h"

namespace attune {
namespace gguf_config {

// Metadata keys begin with the architecture's name.
class Reader {
 public:
  explicit Reader(const GgufFile& file) : file_(file), prefix_(file.architecture() + ".") {}

  bool has(const std::string& key) const { return file_.find(prefix_ + key) != nullptr; }
  std::int64_t integer(const std::string& key, std::int64_t fallback = 0) const {
    return file_.intOr(prefix_ + key, fallback);
  }
  double number(const std::string& key, double fallback) const {
    return file_.numberOr(prefix_ + key, fallback);
  }
  // Required: absent throws.
  std::int64_t size(const std::string& key) const {
    if (!has(key))
      throw Error(ErrorKind::kInvalidInput, file_.path() + ": metadata '" + prefix_ + key + "' is missing",
                  "The file does not describe a usable model: get another one.")
          .inFile(file_.path());
    return integer(key);
  }
  std::int64_t vocabulary() const {
    if (const GgufTensor* table = file_.tensor("token_embd.weight"); table && table->shape.size() == 2)
      return table->shape.front();
    const auto* tokens = file_.strings("tokenizer.ggml.tokens");
    return integer("vocab_size", tokens ? static_cast<std::int64_t>(tokens->size()) : 0);
  }
  const GgufFile& file() const { return file_; }

 private:
  const GgufFile& file_;
  std::string prefix_;
};

Json tokenId(const GgufFile& file, const char* name) {
  const std::string key = std::string("tokenizer.ggml.") + name + "_token_id";
  const std::int64_t id = file.intOr(key, -1);
  return id < 0 ? Json() : Json(id);
}

void tokenIds(const GgufFile& file, Json& config) {
  config.set("bos_token_id", tokenId(file, "bos"))
      .set("eos_token_id", tokenId(file, "eos"))
      .set("pad_token_id", tokenId(file, "padding"));
}

Json rope(const Reader& in, std::int64_t headDim) {
  Json rope = Json().set("rope_theta", in.number("rope.freq_base", 10000));
  const std::string type = in.file().stringOr(in.file().architecture() + ".rope.scaling.type", "none");
  const double factor = in.number("rope.scaling.factor", in.number("rope.scale_linear", 1));
  if (const GgufTensor* divisors = in.file().tensor("rope_freqs.weight")) {
    if (divisors->shape != std::vector<std::int64_t>{headDim / 2} || divisors->type != 0)
      throw Error(ErrorKind::kInvalidInput,
                  in.file().path() + ": tensor 'rope_freqs.weight' does not fit the head size",
                  "The file does not describe a usable model: get another one.")
          .inFile(in.file().path());
    const std::vector<double> values = readDivisors(in.file(), *divisors);
    // What a Hugging Face configuration can say is said so; the rest is our own.
    if (const auto llama3 = llama3Scaling(values, rope.at("rope_theta").asDouble()))
      return rope.set("rope_type", "llama3")
          .set("factor", llama3->factor)
          .set("low_freq_factor", llama3->lowFrequencyFactor)
          .set("high_freq_factor", llama3->highFrequencyFactor)
          .set("original_max_position_embeddings", llama3->originalContext);
    return rope.set("rope_type", "divisors").set("divisors", Json::list(values));
  }
  if (type == "yarn")
    return rope.set("rope_type", "yarn")
        .set("factor", factor)
        .set("original_max_position_embeddings",
             in.integer("rope.scaling.original_context_length", in.size("context_length")));
  if (type == "linear" || factor != 1) return rope.set("rope_type", "linear").set("factor", factor);
  if (type != "none")
    throw Error(ErrorKind::kUnsupported, in.file().path() + ": rope scaling '" + type + "' is not supported",
                "Supported kinds: none, linear, yarn.")
        .inFile(in.file().path());
  return rope.set("rope_type", "default");
}

Json rotaryDecoder(const Reader& in, const std::string& family, const char* architecture) {
  const std::int64_t heads = in.size("attention.head_count"), width = in.size("embedding_length");
  const std::int64_t headDim = in.integer("attention.key_length", heads > 0 ? width / heads : 0);
  if (in.integer("attention.value_length", headDim) != headDim ||
      in.integer("rope.dimension_count", headDim) != headDim)
    throw Error(ErrorKind::kUnsupported,
                in.file().path() + ": heads that are rotated in part are not supported", "Use another model.")
        .inFile(in.file().path());
  const auto biased = [&](const char* name) {
    return in.file().tensor(std::string("blk.0.") + name + ".bias") != nullptr;
  };
  Json config = Json()
                    .set("model_type", family)
                    .set("architectures", Json().push(architecture))
                    .set("vocab_size", in.vocabulary())
                    .set("hidden_size", width)
                    .set("intermediate_size", in.size("feed_forward_length"))
                    .set("num_hidden_layers", in.size("block_count"))
                    .set("num_attention_heads", heads)
                    .set("num_key_value_heads", in.integer("attention.head_count_kv", heads))
                    .set("head_dim", headDim)
                    .set("max_position_embeddings", in.size("context_length"))
                    .set("rms_norm_eps", in.number("attention.layer_norm_rms_epsilon", 1e-6))
                    .set("tie_word_embeddings", in.file().tensor("output.weight") == nullptr)
                    .set("rope_parameters", rope(in, headDim));
  if (family == "llama" || family == "qwen3")
    config.set("attention_bias", biased("attn_q")).set("mlp_bias", biased("ffn_up"));
  if (family == "mistral") config.set("sliding_window", in.integer("attention.sliding_window"));
  tokenIds(in.file(), config);
  return config;
}

Json gpt2(const Reader& in) {
  Json config = Json()
                    .set("model_type", "gpt2")
                    .set("architectures", Json().push("GPT2LMHeadModel"))
                    .set("vocab_size", in.vocabulary())
                    .set("n_embd", in.size("embedding_length"))
                    .set("n_inner", in.size("feed_forward_length"))
                    .set("n_layer", in.size("block_count"))
                    .set("n_head", in.size("attention.head_count"))
                    .set("n_positions", in.size("context_length"))
                    .set("layer_norm_epsilon", in.number("attention.layer_norm_epsilon", 1e-5))
                    .set("tie_word_embeddings", in.file().tensor("output.weight") == nullptr);
  tokenIds(in.file(), config);
  return config;
}

Json bert(const Reader& in) {
  const GgufTensor* kinds = in.file().tensor("token_types.weight");
  Json config = Json()
                    .set("model_type", "bert")
                    .set("architectures", Json().push("BertModel"))
                    .set("vocab_size", in.vocabulary())
                    .set("hidden_size", in.size("embedding_length"))
                    .set("intermediate_size", in.size("feed_forward_length"))
                    .set("num_hidden_layers", in.size("block_count"))
                    .set("num_attention_heads", in.size("attention.head_count"))
                    .set("max_position_embeddings", in.size("context_length"))
                    .set("type_vocab_size", kinds && kinds->shape.size() == 2 ? kinds->shape.front() : 2)
                    .set("layer_norm_eps", in.number("attention.layer_norm_epsilon", 1e-12));
  tokenIds(in.file(), config);
  return config;
}

Json t5(const Reader& in) {
  const bool gated = in.file().tensor("enc.blk.0.ffn_gate.weight") != nullptr;
  const std::int64_t heads = in.size("attention.head_count"), width = in.size("embedding_length");
  // Without a gate it is version 1.0, whose output is scaled whether or not a copy of the table is stored.
  Json config = Json()
                    .set("model_type", "t5")
                    .set("architectures", Json().push("T5ForConditionalGeneration"))
                    .set("vocab_size", in.vocabulary())
                    .set("d_model", width)
                    .set("d_kv", in.integer("attention.key_length", heads > 0 ? width / heads : 0))
                    .set("d_ff", in.size("feed_forward_length"))
                    .set("num_layers", in.size("block_count"))
                    .set("num_decoder_layers", in.integer("decoder_block_count", in.size("block_count")))
                    .set("num_heads", heads)
                    .set("relative_attention_num_buckets", in.integer("attention.relative_buckets_count", 32))
                    .set("n_positions", in.integer("context_length", 512))
                    .set("feed_forward_proj", gated ? "gated-gelu" : "relu")
                    .set("layer_norm_epsilon", in.number("attention.layer_norm_rms_epsilon",
                                                         in.number("attention.layer_norm_epsilon", 1e-6)))
                    .set("tie_word_embeddings", in.file().tensor("output.weight") == nullptr)
                    .set("scale_decoder_outputs", !gated)
                    .set("decoder_start_token_id", in.integer("decoder_start_token_id", 0));
  tokenIds(in.file(), config);
  return config;
}

// What no configuration can mend, said before a missing key is.
void checkTensors(const GgufFile& file) {
  for (const GgufTensor& tensor : file.tensors())
    if (!ggufType(tensor.type)->readable && !hubTensorName(file.architecture(), tensor.name).empty())
      throw Error(ErrorKind::kUnsupported,
                  file.path() + ": tensor '" + tensor.name + "' is stored as " + ggufType(tensor.type)->name +
                      ", which is not supported",
                  "Get the model in another quantisation: Q8_0, Q6_K, Q5_K, Q4_K, Q4_0 or F16.")
          .inFile(file.path());
  if (!file.tensor("token_embd.weight"))
    throw Error(ErrorKind::kInvalidInput, file.path() + ": tensor 'token_embd.weight' is missing",
                "The file holds no complete model: get another one.")
        .inFile(file.path());
}

}  // namespace gguf_config

Json ggufConfig(const GgufFile& file) {
  if (hubTensorName(file.architecture(), "token_embd.weight").empty())
    throw Error(ErrorKind::kUnsupported,
                file.path() + ": architecture " + file.architecture() + " is not supported",
                "GGUF files of these can be opened: llama, qwen2, qwen3, gpt2, bert, t5.")
        .inFile(file.path());
  gguf_config::checkTensors(file);
  const gguf_config::Reader in(file);
  const std::string& name = file.architecture();
  if (name == "llama" && in.integer("attention.sliding_window") > 0)
    return gguf_config::rotaryDecoder(in, "mistral", "MistralForCausalLM");
  if (name == "llama") return gguf_config::rotaryDecoder(in, "llama", "LlamaForCausalLM");
  if (name == "qwen2") return gguf_config::rotaryDecoder(in, "qwen2", "Qwen2ForCausalLM");
  if (name == "qwen3") return gguf_config::rotaryDecoder(in, "qwen3", "Qwen3ForCausalLM");
  if (name == "gpt2") return gguf_config::gpt2(in);
  if (name == "bert") return gguf_config::bert(in);
  return gguf_config::t5(in);
}

}  // namespace attune
