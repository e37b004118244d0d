#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace attune {

// The words of a tokenizer and their ids.
class Vocabulary {
 public:
  // Throws Error(kInvalidInput) naming `file` for ids that are negative, absurd or used twice.
  void add(const std::string& token, std::int64_t id, const std::string& file);

  std::int64_t find(std::string_view token) const;  // -1: not a word
  const std::string* token(std::int64_t id) const;  // nullptr: no word has this id
  std::int64_t size() const { return static_cast<std::int64_t>(tokens_.size()); }  // highest id + 1

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };
  std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>> ids_;
  std::vector<std::string> tokens_;  // empty: a gap
  std::vector<bool> used_;
};

// Turns one piece of a text into ids. Immutable; safe to share between threads.
class TokenModel {
 public:
  virtual ~TokenModel() = default;
  virtual const char* kind() const = 0;
  virtual void encode(std::string_view piece, std::vector<std::int64_t>& ids) const = 0;
  virtual const Vocabulary& vocabulary() const = 0;
};

// Byte-pair encoding (Sennrich et al. 2016): neighbours are merged, the pair of the lowest rank first, the
// leftmost of these.
struct BpeOptions {
  std::string unknown;        // the token for characters without a word; empty: they are left out
  bool fuseUnknown = false;   // neighbouring unknown characters become one
  bool byteFallback = false;  // before that, a character's bytes as "<0x0A>"
  bool ignoreMerges = false;  // a piece that is a word is taken at once
};
// `merges` in order of rank. Throws Error(kInvalidInput) naming `file` for a merge of something that is no
// word.
std::unique_ptr<const TokenModel> makeBpe(Vocabulary vocabulary,
                                          const std::vector<std::pair<std::string, std::string>>& merges,
                                          const BpeOptions& options, const std::string& file);

// WordPiece (Schuster and Nakajima 2012; Devlin et al. 2019): the longest word that the piece begins with,
// then again for the rest with `prefix` in front; the whole piece is unknown where nothing fits.
struct WordPieceOptions {
  std::string unknown = "[UNK]";
  std::string prefix = "##";
  std::int64_t maxCharacters = 100;
};
std::unique_ptr<const TokenModel> makeWordPiece(Vocabulary vocabulary, const WordPieceOptions& options,
                                                const std::string& file);

}  // namespace attune
