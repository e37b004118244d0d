#include "core/model/gguf_names.h"

#include <array>
#include <string_view>

namespace attune {
namespace gguf_names {

// {n} is the number of the layer; the end of the name (".weight", ".bias") is carried over.
struct Pair {
  std::string_view gguf;
  std::string_view hub;
};

constexpr std::array kRotary{
    Pair{"token_embd", "model.embed_tokens"},
    Pair{"output_norm", "model.norm"},
    Pair{"output", "lm_head"},
    Pair{"blk.{n}.attn_norm", "model.layers.{n}.input_layernorm"},
    Pair{"blk.{n}.ffn_norm", "model.layers.{n}.post_attention_layernorm"},
    Pair{"blk.{n}.attn_q", "model.layers.{n}.self_attn.q_proj"},
    Pair{"blk.{n}.attn_k", "model.layers.{n}.self_attn.k_proj"},
    Pair{"blk.{n}.attn_v", "model.layers.{n}.self_attn.v_proj"},
    Pair{"blk.{n}.attn_output", "model.layers.{n}.self_attn.o_proj"},
    Pair{"blk.{n}.attn_q_norm", "model.layers.{n}.self_attn.q_norm"},
    Pair{"blk.{n}.attn_k_norm", "model.layers.{n}.self_attn.k_norm"},
    Pair{"blk.{n}.ffn_gate", "model.layers.{n}.mlp.gate_proj"},
    Pair{"blk.{n}.ffn_up", "model.layers.{n}.mlp.up_proj"},
    Pair{"blk.{n}.ffn_down", "model.layers.{n}.mlp.down_proj"},
};
constexpr std::array kGpt2{
    Pair{"token_embd", "transformer.wte"},
    Pair{"position_embd", "transformer.wpe"},
    Pair{"output_norm", "transformer.ln_f"},
    Pair{"output", "lm_head"},
    Pair{"blk.{n}.attn_norm", "transformer.h.{n}.ln_1"},
    Pair{"blk.{n}.ffn_norm", "transformer.h.{n}.ln_2"},
    Pair{"blk.{n}.attn_qkv", "transformer.h.{n}.attn.c_attn"},
    Pair{"blk.{n}.attn_output", "transformer.h.{n}.attn.c_proj"},
    Pair{"blk.{n}.ffn_up", "transformer.h.{n}.mlp.c_fc"},
    Pair{"blk.{n}.ffn_down", "transformer.h.{n}.mlp.c_proj"},
};
constexpr std::array kBert{
    Pair{"token_embd", "bert.embeddings.word_embeddings"},
    Pair{"position_embd", "bert.embeddings.position_embeddings"},
    Pair{"token_types", "bert.embeddings.token_type_embeddings"},
    Pair{"token_embd_norm", "bert.embeddings.LayerNorm"},
    Pair{"blk.{n}.attn_q", "bert.encoder.layer.{n}.attention.self.query"},
    Pair{"blk.{n}.attn_k", "bert.encoder.layer.{n}.attention.self.key"},
    Pair{"blk.{n}.attn_v", "bert.encoder.layer.{n}.attention.self.value"},
    Pair{"blk.{n}.attn_output", "bert.encoder.layer.{n}.attention.output.dense"},
    Pair{"blk.{n}.attn_output_norm", "bert.encoder.layer.{n}.attention.output.LayerNorm"},
    Pair{"blk.{n}.ffn_up", "bert.encoder.layer.{n}.intermediate.dense"},
    Pair{"blk.{n}.ffn_down", "bert.encoder.layer.{n}.output.dense"},
    Pair{"blk.{n}.layer_output_norm", "bert.encoder.layer.{n}.output.LayerNorm"},
};
constexpr std::array kT5{
    Pair{"token_embd", "shared"},
    Pair{"output", "lm_head"},
    Pair{"enc.output_norm", "encoder.final_layer_norm"},
    Pair{"enc.blk.{n}.attn_norm", "encoder.block.{n}.layer.0.layer_norm"},
    Pair{"enc.blk.{n}.attn_q", "encoder.block.{n}.layer.0.SelfAttention.q"},
    Pair{"enc.blk.{n}.attn_k", "encoder.block.{n}.layer.0.SelfAttention.k"},
    Pair{"enc.blk.{n}.attn_v", "encoder.block.{n}.layer.0.SelfAttention.v"},
    Pair{"enc.blk.{n}.attn_o", "encoder.block.{n}.layer.0.SelfAttention.o"},
    Pair{"enc.blk.{n}.attn_rel_b", "encoder.block.{n}.layer.0.SelfAttention.relative_attention_bias"},
    Pair{"enc.blk.{n}.ffn_norm", "encoder.block.{n}.layer.1.layer_norm"},
    Pair{"enc.blk.{n}.ffn_gate", "encoder.block.{n}.layer.1.DenseReluDense.wi_0"},
    Pair{"enc.blk.{n}.ffn_up", "encoder.block.{n}.layer.1.DenseReluDense.wi_1"},
    Pair{"enc.blk.{n}.ffn_down", "encoder.block.{n}.layer.1.DenseReluDense.wo"},
    Pair{"dec.output_norm", "decoder.final_layer_norm"},
    Pair{"dec.blk.{n}.attn_norm", "decoder.block.{n}.layer.0.layer_norm"},
    Pair{"dec.blk.{n}.attn_q", "decoder.block.{n}.layer.0.SelfAttention.q"},
    Pair{"dec.blk.{n}.attn_k", "decoder.block.{n}.layer.0.SelfAttention.k"},
    Pair{"dec.blk.{n}.attn_v", "decoder.block.{n}.layer.0.SelfAttention.v"},
    Pair{"dec.blk.{n}.attn_o", "decoder.block.{n}.layer.0.SelfAttention.o"},
    Pair{"dec.blk.{n}.attn_rel_b", "decoder.block.{n}.layer.0.SelfAttention.relative_attention_bias"},
    Pair{"dec.blk.{n}.cross_attn_norm", "decoder.block.{n}.layer.1.layer_norm"},
    Pair{"dec.blk.{n}.cross_attn_q", "decoder.block.{n}.layer.1.EncDecAttention.q"},
    Pair{"dec.blk.{n}.cross_attn_k", "decoder.block.{n}.layer.1.EncDecAttention.k"},
    Pair{"dec.blk.{n}.cross_attn_v", "decoder.block.{n}.layer.1.EncDecAttention.v"},
    Pair{"dec.blk.{n}.cross_attn_o", "decoder.block.{n}.layer.1.EncDecAttention.o"},
    Pair{"dec.blk.{n}.ffn_norm", "decoder.block.{n}.layer.2.layer_norm"},
    Pair{"dec.blk.{n}.ffn_gate", "decoder.block.{n}.layer.2.DenseReluDense.wi_0"},
    Pair{"dec.blk.{n}.ffn_up", "decoder.block.{n}.layer.2.DenseReluDense.wi_1"},
    Pair{"dec.blk.{n}.ffn_down", "decoder.block.{n}.layer.2.DenseReluDense.wo"},
};

// Takes the pattern "a.{n}.b" apart against "a.12.b"; gives "12", or nothing where they differ.
bool matches(std::string_view pattern, std::string_view text, std::string_view& number) {
  const auto hole = pattern.find("{n}");
  if (hole == std::string_view::npos) return pattern == text;
  const std::string_view before = pattern.substr(0, hole), after = pattern.substr(hole + 3);
  if (text.size() <= before.size() + after.size() || !text.starts_with(before) || !text.ends_with(after))
    return false;
  number = text.substr(before.size(), text.size() - before.size() - after.size());
  return number.find_first_not_of("0123456789") == std::string_view::npos;
}

template <std::size_t N>
std::string lookUp(const std::array<Pair, N>& pairs, std::string_view name) {
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos) return {};
  for (const Pair& pair : pairs) {
    std::string_view number;
    if (!matches(pair.gguf, name.substr(0, dot), number)) continue;
    std::string hub(pair.hub);
    if (const auto hole = hub.find("{n}"); hole != std::string::npos) hub.replace(hole, 3, number);
    return hub.append(name.substr(dot));
  }
  return {};
}

}  // namespace gguf_names

std::string hubTensorName(const std::string& architecture, const std::string& ggufName) {
  if (architecture == "gpt2") return gguf_names::lookUp(gguf_names::kGpt2, ggufName);
  if (architecture == "bert") return gguf_names::lookUp(gguf_names::kBert, ggufName);
  if (architecture == "t5") return gguf_names::lookUp(gguf_names::kT5, ggufName);
  if (architecture == "llama" || architecture == "qwen2" || architecture == "qwen3")
    return gguf_names::lookUp(gguf_names::kRotary, ggufName);
  return {};
}

}  // namespace attune
