#pragma once

#include <memory>
#include <string>

#include "core/token/token_model.h"
#include "core/token/tokenizer.h"
#include "core/token/tokenizer_config.h"

namespace attune {

// A BERT tokenizer over this vocabulary: its normaliser and cuts, WordPiece, "[CLS]" … "[SEP]".
std::shared_ptr<const Tokenizer> makeBertTokenizer(Vocabulary words, const TokenizerConfig& config,
                                                   const std::string& file);

}  // namespace attune
