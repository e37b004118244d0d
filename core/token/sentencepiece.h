#pragma once

#include <memory>
#include <string>

#include "core/token/tokenizer.h"

namespace attune {

// A SentencePiece model file (BPE or unigram), segmented by the SentencePiece library itself.
// `addsBos` and `addsEos` come from the folder's tokenizer_config.json. Throws Error(kNotFound,
// kInvalidInput).
std::shared_ptr<const Tokenizer> openSentencePiece(const std::string& file, bool addsBos,
                                                   bool addsEos = false);

}  // namespace attune
