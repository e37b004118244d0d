#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace attune {

// How a normalised text is cut into pieces before the model sees it: a chain of steps, each cutting (and
// perhaps re-spelling) the pieces of the one before. Immutable.
struct Pieces {
  std::vector<std::string> texts;
  bool atStart = false;  // the first piece begins where the whole text begins
};
using PreTokenizerStep = std::function<Pieces(const Pieces&)>;

class PreTokenizer {
 public:
  PreTokenizer() = default;
  explicit PreTokenizer(std::vector<PreTokenizerStep> steps) : steps_(std::move(steps)) {}

  std::vector<std::string> operator()(std::string text, bool atStart) const;

 private:
  std::vector<PreTokenizerStep> steps_;
};

// Steps for tokenizers that come without a description in JSON.
PreTokenizerStep splitAtMatches(const std::string& pattern, const std::string& file);  // matches and gaps
PreTokenizerStep intoByteAlphabet(bool addPrefixSpace);
PreTokenizerStep splitLikeBert();
// GPT-2's pattern (Radford et al. 2019), Llama 3's and Qwen 2's.
extern const char* const kGpt2Pattern;
extern const char* const kLlama3Pattern;
extern const char* const kQwen2Pattern;

// The "pre_tokenizer" of a tokenizer.json; null: none. Throws Error(kUnsupported) naming a part that is not
// known; `file` is named in errors.
PreTokenizer parsePreTokenizer(const Json& json, const std::string& file);

}  // namespace attune
