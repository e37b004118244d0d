#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/token/added_tokens.h"
#include "core/token/normalizer.h"
#include "core/token/pre_tokenizer.h"
#include "core/token/token_decoder.h"
#include "core/token/token_model.h"
#include "core/token/tokenizer.h"

namespace attune {

// The parts of a tokenizer in the order in which a text goes through them: added tokens, normaliser,
// pre-tokenizer, model; and the decoder for the way back.
struct TokenizerParts {
  std::string kind;
  AddedTokens added;
  Normalizer normalizer;
  PreTokenizer preTokenizer;
  std::unique_ptr<const TokenModel> model;
  TokenDecoder decoder;
  InputFrame frame;
  std::int64_t bosId = -1;
  std::int64_t eosId = -1;
  std::vector<std::int64_t> endIds;
};

std::shared_ptr<const Tokenizer> makePipelineTokenizer(TokenizerParts parts);

// Ids at which a text ends: those of the list, eos, and the special tokens that close a turn of a chat.
std::vector<std::int64_t> endIdsOf(const std::vector<std::int64_t>& listed, std::int64_t eosId,
                                   const AddedTokens& added);

}  // namespace attune
