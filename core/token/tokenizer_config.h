#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/token/added_tokens.h"

namespace attune {

// What the small files beside a vocabulary say: tokenizer_config.json, special_tokens_map.json,
// added_tokens.json, generation_config.json. All of them may be missing.
struct TokenizerConfig {
  std::string className;  // "LlamaTokenizer", without "Fast"
  std::optional<bool> addBos, addEos;
  bool legacy = false;
  bool lowerCase = true;
  std::optional<bool> stripAccents;
  bool splitIdeographs = true;
  std::string bos, eos, pad, unknown, cls, sep, mask;  // contents; empty: not named
  std::vector<AddedToken> added;                       // with ids
  std::vector<std::int64_t> endIds;                    // generation_config's eos_token_id
  std::optional<std::int64_t> extraIds;                // T5's sentinels above the pieces
  std::string chatTemplate;                            // only carried along

  // Contents of the named special tokens, those that are empty left out.
  std::vector<std::string> named() const;
};

// The two files that carry it: tokenizer_config.json, and generation_config.json with the ids that end a
// text.
Json tokenizerConfigJson(const TokenizerConfig& config);
Json generationConfigJson(const TokenizerConfig& config);

// Throws Error(kInvalidInput) for a file that is no JSON or has members of the wrong kind.
TokenizerConfig readTokenizerConfig(const std::string& folder);

}  // namespace attune
