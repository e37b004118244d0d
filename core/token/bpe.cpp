#include <queue>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/token/token_model.h"
#include "core/token/unicode.h"

namespace attune {
namespace {

struct Merge {
  std::int64_t rank = 0;
  std::int64_t id = 0;  // of the result
};

std::uint64_t pairKey(std::int64_t left, std::int64_t right) {
  return (static_cast<std::uint64_t>(left) << 32) | static_cast<std::uint64_t>(right);
}

// The symbols of one piece as a linked list, so that a merge costs no copying.
struct Symbol {
  std::int64_t id;
  std::int32_t previous;
  std::int32_t next;  // -1: none
};

struct Candidate {
  std::int64_t rank;
  std::int32_t left;
  std::int64_t leftId, rightId;  // as they were: merged symbols make a candidate void

  bool operator>(const Candidate& other) const {
    return rank != other.rank ? rank > other.rank : left > other.left;
  }
};

class Bpe final : public TokenModel {
 public:
  Bpe(Vocabulary vocabulary, const std::vector<std::pair<std::string, std::string>>& merges,
      const BpeOptions& options, const std::string& file)
      : vocabulary_(std::move(vocabulary)), options_(options) {
    std::int64_t rank = 0;
    for (const auto& [left, right] : merges) {
      const std::int64_t a = vocabulary_.find(left), b = vocabulary_.find(right);
      const std::int64_t result = vocabulary_.find(left + right);
      if (a < 0 || b < 0 || result < 0)
        throw Error(ErrorKind::kInvalidInput,
                    file + ": merge " + std::to_string(rank + 1) + " joins '" + elide(left, 40) + "' and '" +
                        elide(right, 40) + "', which the vocabulary does not have",
                    "Vocabulary and merges do not belong together: get both from the model's source.")
            .inFile(file);
      merges_.try_emplace(pairKey(a, b), Merge{rank++, result});
    }
    unknown_ = options.unknown.empty() ? -1 : vocabulary_.find(options.unknown);
    if (options.byteFallback)
      for (int b = 0; b < 256; ++b) {
        const char* digits = "0123456789ABCDEF";
        bytes_.push_back(vocabulary_.find(std::string{'<', '0', 'x', digits[b >> 4], digits[b & 15], '>'}));
      }
  }

  const char* kind() const override { return "bpe"; }
  const Vocabulary& vocabulary() const override { return vocabulary_; }

  void encode(std::string_view piece, std::vector<std::int64_t>& ids) const override {
    if (options_.ignoreMerges)
      if (const std::int64_t id = vocabulary_.find(piece); id >= 0) {
        ids.push_back(id);
        return;
      }
    std::vector<Symbol> symbols = characters(piece);
    merge(symbols);
    for (std::int32_t i = symbols.empty() ? -1 : 0; i >= 0; i = symbols[static_cast<std::size_t>(i)].next)
      ids.push_back(symbols[static_cast<std::size_t>(i)].id);
  }

 private:
  std::vector<Symbol> characters(std::string_view piece) const {
    std::vector<Symbol> symbols;
    bool afterUnknown = false;
    const auto add = [&](std::int64_t id) {
      const auto at = static_cast<std::int32_t>(symbols.size());
      if (at > 0) symbols.back().next = at;
      symbols.push_back({id, at - 1, -1});
    };
    for (std::size_t at = 0; at < piece.size();) {
      const std::string_view character = piece.substr(at, codePoint(piece, at).bytes);
      at += character.size();
      if (const std::int64_t id = vocabulary_.find(character); id >= 0) {
        add(id);
        afterUnknown = false;
        continue;
      }
      if (addBytes(character, add)) {
        afterUnknown = false;
        continue;
      }
      if (unknown_ >= 0 && !(afterUnknown && options_.fuseUnknown)) add(unknown_);
      afterUnknown = true;
    }
    return symbols;
  }

  template <typename Add>
  bool addBytes(std::string_view character, Add add) const {
    if (!options_.byteFallback) return false;
    for (const char byte : character)
      if (bytes_[static_cast<unsigned char>(byte)] < 0) return false;
    for (const char byte : character) add(bytes_[static_cast<unsigned char>(byte)]);
    return true;
  }

  void merge(std::vector<Symbol>& symbols) const {
    std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
    const auto consider = [&](std::int32_t left) {
      if (left < 0 || symbols[static_cast<std::size_t>(left)].next < 0) return;
      const std::int64_t a = symbols[static_cast<std::size_t>(left)].id;
      const std::int64_t b =
          symbols[static_cast<std::size_t>(symbols[static_cast<std::size_t>(left)].next)].id;
      if (const auto found = merges_.find(pairKey(a, b)); found != merges_.end())
        queue.push({found->second.rank, left, a, b});
    };
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i) consider(static_cast<std::int32_t>(i));
    while (!queue.empty()) {
      const Candidate best = queue.top();
      queue.pop();
      Symbol& left = symbols[static_cast<std::size_t>(best.left)];
      if (left.id != best.leftId || left.next < 0) continue;
      Symbol& right = symbols[static_cast<std::size_t>(left.next)];
      if (right.id != best.rightId) continue;
      left.id = merges_.at(pairKey(best.leftId, best.rightId)).id;
      right.id = -1;  // gone
      left.next = right.next;
      if (left.next >= 0) symbols[static_cast<std::size_t>(left.next)].previous = best.left;
      consider(left.previous);
      consider(best.left);
    }
  }

  Vocabulary vocabulary_;
  BpeOptions options_;
  std::unordered_map<std::uint64_t, Merge> merges_;
  std::int64_t unknown_ = -1;
  std::vector<std::int64_t> bytes_;
};

}  // namespace

std::unique_ptr<const TokenModel> makeBpe(Vocabulary vocabulary,
                                          const std::vector<std::pair<std::string, std::string>>& merges,
                                          const BpeOptions& options, const std::string& file) {
  return std::make_unique<Bpe>(std::move(vocabulary), merges, options, file);
}

}  // namespace attune
