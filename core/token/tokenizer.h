#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace attune {

// What to do with a special token ("<|im_end|>", "[SEP]") that is spelled in a text. Users' data is always
// plain text, so that nobody's review can end the prompt; templates may ask for recognition.
enum class SpecialTokens { kPlainText, kRecognise };

// Ids that the model expects around every input: bos in front, "[CLS]" and "[SEP]" around, "</s>" behind.
struct InputFrame {
  std::vector<std::int64_t> before;
  std::vector<std::int64_t> after;
};

// Text <-> ids of one model. Immutable after loading; every function may be called from any thread.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  virtual std::string kind()
      const = 0;  // "sentencepiece-bpe", "sentencepiece-unigram", "byte-bpe", "wordpiece"
  virtual std::int64_t size() const = 0;  // one more than the highest id
  // Ids of the text without its frame.
  virtual std::vector<std::int64_t> encode(std::string_view text,
                                           SpecialTokens special = SpecialTokens::kPlainText) const = 0;
  // Special tokens are written out as text, or left out with `skipSpecial`. Throws Error(kUsage) for an id
  // outside of the vocabulary.
  virtual std::string decode(const std::vector<std::int64_t>& ids, bool skipSpecial = false) const = 0;
  virtual std::string piece(std::int64_t id) const = 0;

  virtual std::int64_t bosId() const = 0;  // -1: none
  virtual std::int64_t eosId() const = 0;  // -1: none
  // Ids at which a generated text ends: eos and what else closes a turn ("<|im_end|>", "<|eot_id|>").
  virtual std::vector<std::int64_t> endIds() const;
  virtual const InputFrame& frame() const = 0;

  // encode() with the frame around it.
  std::vector<std::int64_t> encodeInput(std::string_view text,
                                        SpecialTokens special = SpecialTokens::kPlainText) const;
};

// The tokenizer of a Hugging Face model folder, or the one embedded in a .gguf file. Throws Error(kNotFound)
// listing the files that would do, Error(kInvalidInput) for a damaged one, Error(kUnsupported) naming the
// part that is not known ("pre-tokenizer 'MoonSplit'").
std::shared_ptr<const Tokenizer> openTokenizer(const std::string& path);

// Writes the tokenizer's files into an existing folder of Hugging Face layout: copies of a folder's, or those
// that mean the same as a .gguf file's vocabulary. Returns their names. Throws as openTokenizer does.
std::vector<std::string> saveTokenizer(const std::string& path, const std::string& folder);

}  // namespace attune
