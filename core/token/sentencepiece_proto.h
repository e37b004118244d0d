#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// A SentencePiece model file written by hand: the SentencePiece library then segments vocabularies that come
// in other files (tokenizer.json, GGUF). Wire format of protocol buffers; numbers of fields from
// sentencepiece_model.proto.
namespace attune {

enum class PieceType { kNormal = 1, kUnknown = 2, kControl = 3, kUserDefined = 4, kUnused = 5, kByte = 6 };

struct SentencePieceSpec {
  struct Piece {
    std::string text;
    float score = 0;
    PieceType type = PieceType::kNormal;
  };
  std::vector<Piece> pieces;
  bool unigram = false;  // else BPE
  bool byteFallback = false;
  std::string charsmap;  // the normaliser; empty: texts are taken as they are
  bool addDummyPrefix = true;
  bool removeExtraBlanks = true;
  std::int64_t bos = -1, eos = -1, pad = -1;  // become control pieces; -1: none
};

// Pieces that the library refuses (empty or repeated ones) are re-spelled so that no text matches them.
// Throws Error(kInvalidInput) naming `file` when there is no unknown piece, or bytes are missing.
std::string sentencePieceProto(SentencePieceSpec spec, const std::string& file);

// The same model without the blank in front of every text.
std::string withoutDummyPrefix(std::string proto);

bool isBytePiece(std::string_view text);  // "<0x0A>"
// Throws Error(kInvalidInput) naming `file`.
std::string fromBase64(std::string_view text, const std::string& file);

}  // namespace attune
