#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace attune {

// Text <-> ids of one model. Immutable after loading; every function may be called from any thread.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  virtual std::string kind() const = 0;   // "sentencepiece-bpe", …
  virtual std::int64_t size() const = 0;  // number of pieces
  // Ids of the text without special tokens around it. Special tokens spelled in the text are plain text.
  virtual std::vector<std::int64_t> encode(std::string_view text) const = 0;
  virtual std::string decode(const std::vector<std::int64_t>& ids) const = 0;
  virtual std::string piece(std::int64_t id) const = 0;

  virtual std::int64_t bosId() const = 0;  // -1: none
  virtual std::int64_t eosId() const = 0;  // -1: none
  virtual bool addsBos() const = 0;        // the model expects bos in front of every input

  // encode() with bos in front where the model expects it.
  std::vector<std::int64_t> encodeInput(std::string_view text) const;
};

// Picks the tokenizer of a Hugging Face model folder. Throws Error(kNotFound) listing the files that would
// do, Error(kInvalidInput) for a damaged one, Error(kUnsupported) naming the kind.
std::shared_ptr<const Tokenizer> openTokenizer(const std::string& folder);

}  // namespace attune
