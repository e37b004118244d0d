#include "core/base/error.h"
#include "core/base/text.h"
#include "core/token/token_model.h"

namespace attune {
namespace {

class WordPiece final : public TokenModel {
 public:
  WordPiece(Vocabulary vocabulary, const WordPieceOptions& options, const std::string& file)
      : vocabulary_(std::move(vocabulary)), options_(options), unknown_(vocabulary_.find(options.unknown)) {
    if (unknown_ < 0)
      throw Error(ErrorKind::kInvalidInput, file + ": the vocabulary has no '" + options.unknown + "'",
                  "Get the tokenizer's file again from the model's source.")
          .inFile(file);
  }

  const char* kind() const override { return "wordpiece"; }
  const Vocabulary& vocabulary() const override { return vocabulary_; }

  void encode(std::string_view piece, std::vector<std::int64_t>& ids) const override {
    if (countCodePoints(piece) > static_cast<std::size_t>(options_.maxCharacters)) {
      ids.push_back(unknown_);
      return;
    }
    const std::size_t before = ids.size();
    for (std::size_t at = 0; at < piece.size();) {
      std::size_t end = piece.size();
      std::int64_t id = -1;
      for (; end > at; --end) {
        if (end < piece.size() && (static_cast<unsigned char>(piece[end]) & 0xC0) == 0x80) continue;
        const std::string_view part = piece.substr(at, end - at);
        id = vocabulary_.find(at == 0 ? std::string(part) : options_.prefix + std::string(part));
        if (id >= 0) break;
      }
      if (id < 0) {  // the whole piece is unknown
        ids.resize(before);
        ids.push_back(unknown_);
        return;
      }
      ids.push_back(id);
      at = end;
    }
  }

 private:
  Vocabulary vocabulary_;
  WordPieceOptions options_;
  std::int64_t unknown_;
};

}  // namespace

std::unique_ptr<const TokenModel> makeWordPiece(Vocabulary vocabulary, const WordPieceOptions& options,
                                                const std::string& file) {
  return std::make_unique<WordPiece>(std::move(vocabulary), options, file);
}

}  // namespace attune
