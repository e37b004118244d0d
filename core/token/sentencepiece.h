#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/token/added_tokens.h"
#include "core/token/tokenizer.h"

namespace attune {

// What stands beside a SentencePiece model.
struct SentencePieceOptions {
  InputFrame frame;
  std::int64_t bosId = -1;
  std::int64_t eosId = -1;
  std::vector<std::int64_t> endIds;
  // Found in the text before the library sees it. Ids may lie above the pieces.
  std::vector<AddedToken> added;
  // Every stretch of text between added tokens gets a blank in front, not only the first.
  bool legacy = false;
  // The model itself takes blanks at the ends away: a text that begins with one is like any other.
  bool stripsBlanks = false;
  std::int64_t extraIds = 0;  // T5's sentinels above the pieces, the first one last: "<extra_id_0>" …
};

// A SentencePiece model (BPE or unigram) as serialised bytes, segmented by the SentencePiece library itself;
// `file` is named in errors. Throws Error(kInvalidInput).
std::shared_ptr<const Tokenizer> makeSentencePiece(const std::string& proto, const std::string& file,
                                                   const SentencePieceOptions& options);

// A model file with the usual ids; `addsBos` and `addsEos` ask for them around every input. Throws
// Error(kNotFound, kInvalidInput).
std::shared_ptr<const Tokenizer> openSentencePiece(const std::string& file, bool addsBos,
                                                   bool addsEos = false);

// bos, eos and the id of a piece (-1: none) of a model, for those who fill the options.
struct SentencePieceIds {
  std::int64_t bos = -1;
  std::int64_t eos = -1;
  std::int64_t size = 0;
};
SentencePieceIds sentencePieceIds(const std::string& proto, const std::string& file);

}  // namespace attune
