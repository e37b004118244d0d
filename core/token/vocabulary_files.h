#pragma once

#include <memory>
#include <string>

#include "core/token/tokenizer.h"
#include "core/token/tokenizer_config.h"

// One function for each kind of file that holds a vocabulary. All throw Error(kInvalidInput) for a damaged
// file and Error(kUnsupported) naming a part that is not known.
namespace attune {

// tokenizer.json: model BPE, WordPiece, or Unigram (which is handed to the SentencePiece library).
std::shared_ptr<const Tokenizer> openTokenizerJson(Json json, const std::string& file,
                                                   const TokenizerConfig& config);
// vocab.json with merges.txt: byte-level BPE of the GPT-2 kind.
std::shared_ptr<const Tokenizer> openVocabAndMerges(const std::string& vocab, const std::string& merges,
                                                    const TokenizerConfig& config);
// vocab.txt: WordPiece as BERT uses it.
std::shared_ptr<const Tokenizer> openVocabText(const std::string& content, const std::string& file,
                                               const TokenizerConfig& config);

// A tokenizer as the file of a Hugging Face folder that holds its vocabulary, and what stands beside it.
struct TokenizerFile {
  std::string name;     // "tokenizer.json", "tokenizer.model", "spiece.model", "vocab.txt"
  Json json;            // the content of a tokenizer.json
  std::string content;  // of any other
  TokenizerConfig config;
};
// The vocabulary inside of a .gguf file. Opened and saved from the same description, so both mean the same.
TokenizerFile readGgufVocabulary(const std::string& file);

}  // namespace attune
