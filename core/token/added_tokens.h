#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/token/tokenizer.h"

namespace attune {

// A token that is found in the text before anything else happens to it.
struct AddedToken {
  std::int64_t id = 0;
  std::string content;
  bool special = false;     // recognised only where SpecialTokens::kRecognise asks for it
  bool normalized = false;  // searched in the normalised text instead of the raw one
  bool leftStrip = false;   // swallows blanks before it
  bool rightStrip = false;  // and behind it
  bool singleWord = false;  // only where no word character touches it
};

// As tokenizer.json and tokenizer_config.json write one; the id stands elsewhere in each. Throws
// Error(kInvalidInput) for members of the wrong kind.
AddedToken addedToken(std::int64_t id, const Json& json);
Json addedTokenJson(const AddedToken& token);

// A stretch of text, or an added token.
struct Segment {
  std::string text;
  std::int64_t id = -1;  // of the added token; -1: plain text
  bool atStart = false;  // begins where the whole text begins
};

// The added tokens of one tokenizer. Immutable after loading.
class AddedTokens {
 public:
  // Of two tokens with one content the later counts.
  void add(AddedToken token);
  const std::vector<AddedToken>& all() const { return tokens_; }
  const AddedToken* find(std::int64_t id) const;
  const AddedToken* find(std::string_view content) const;

  // Cuts every plain segment at the tokens in it, the leftmost and of these the longest first. `normalized`
  // says which kind is searched.
  std::vector<Segment> split(const std::vector<Segment>& segments, SpecialTokens special,
                             bool normalized) const;

 private:
  std::vector<Segment> splitOne(const Segment& segment, SpecialTokens special, bool normalized) const;

  std::vector<AddedToken> tokens_;
  std::vector<std::size_t> byFirstByte_[256];  // into tokens_, longest content first
};

}  // namespace attune
