#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace attune {

// Tokens back to text: a chain of steps over the list of tokens, which is joined in the end. Immutable.
using DecoderStep = std::function<std::vector<std::string>(std::vector<std::string>)>;

class TokenDecoder {
 public:
  TokenDecoder() = default;
  explicit TokenDecoder(std::vector<DecoderStep> steps) : steps_(std::move(steps)) {}

  std::string operator()(std::vector<std::string> tokens) const;

 private:
  std::vector<DecoderStep> steps_;
};

DecoderStep byteLevelDecoder();
// Blanks between words, none before what begins with `prefix` and, with `cleanUp`, none before marks.
DecoderStep wordPieceDecoder(const std::string& prefix, bool cleanUp);

// The "decoder" of a tokenizer.json; null: tokens with blanks between. Throws Error(kUnsupported) naming a
// part that is not known; `file` is named in errors.
TokenDecoder parseDecoder(const Json& json, const std::string& file);

}  // namespace attune
