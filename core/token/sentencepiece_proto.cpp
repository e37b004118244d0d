#include "core/token/sentencepiece_proto.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <set>

#include "core/base/error.h"

namespace attune {
namespace {

[[noreturn]] void refuse(const std::string& file, const std::string& what) {
  throw Error(ErrorKind::kInvalidInput, file + ": " + what,
              "Get the tokenizer's file again from the model's source.")
      .inFile(file);
}

void varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

void number(std::string& out, std::uint32_t field, std::uint64_t value) {
  varint(out, field << 3);
  varint(out, value);
}

void bytes(std::string& out, std::uint32_t field, std::string_view content) {
  varint(out, (field << 3) | 2);
  varint(out, content.size());
  out.append(content);
}

void real(std::string& out, std::uint32_t field, float value) {
  varint(out, (field << 3) | 5);
  char raw[sizeof value];
  std::memcpy(raw, &value, sizeof value);
  out.append(raw, sizeof raw);
}

// No two pieces alike, none empty: the extra ones get names that no text has, and are never used.
void makeUnique(std::vector<SentencePieceSpec::Piece>& pieces) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    SentencePieceSpec::Piece& piece = pieces[i];
    if (!piece.text.empty() && seen.insert(piece.text).second) continue;
    do piece.text = "\x01unused " + std::to_string(i) + " " + piece.text;
    while (!seen.insert(piece.text).second);
    if (piece.type != PieceType::kUnknown) piece.type = PieceType::kUnused;
  }
}

}  // namespace

bool isBytePiece(std::string_view text) {
  const auto isHex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); };
  return text.size() == 6 && text.starts_with("<0x") && text[5] == '>' && isHex(text[3]) && isHex(text[4]);
}

std::string sentencePieceProto(SentencePieceSpec spec, const std::string& file) {
  makeUnique(spec.pieces);
  std::int64_t unknown = -1, byteCount = 0;
  for (std::size_t i = 0; i < spec.pieces.size(); ++i) {
    if (spec.pieces[i].type == PieceType::kUnknown) {
      if (unknown >= 0) refuse(file, "the vocabulary has two unknown tokens");
      unknown = static_cast<std::int64_t>(i);
    }
    byteCount += spec.pieces[i].type == PieceType::kByte ? 1 : 0;
  }
  for (const std::int64_t id : {spec.bos, spec.eos, spec.pad})
    if (id >= 0 && id != unknown) spec.pieces.at(static_cast<std::size_t>(id)).type = PieceType::kControl;
  if (unknown < 0) refuse(file, "the vocabulary has no unknown token");
  if (byteCount != 0 && byteCount != 256)
    refuse(file, "the vocabulary has " + std::to_string(byteCount) + " of 256 byte tokens");

  std::string out;
  for (const auto& piece : spec.pieces) {
    std::string message;
    bytes(message, 1, piece.text);
    real(message, 2, piece.score);
    number(message, 3, static_cast<std::uint64_t>(piece.type));
    bytes(out, 1, message);
  }
  std::string trainer;
  number(trainer, 3, spec.unigram ? 1 : 2);
  number(trainer, 35, byteCount == 256 ? 1 : 0);
  number(trainer, 40, static_cast<std::uint64_t>(unknown));
  const std::int64_t named[] = {spec.bos, spec.eos, spec.pad};
  for (std::uint32_t i = 0; i < 3; ++i) number(trainer, 41 + i, static_cast<std::uint64_t>(named[i]));
  bytes(trainer, 45, spec.pieces[static_cast<std::size_t>(unknown)].text);
  for (std::uint32_t i = 0; i < 3; ++i)
    if (named[i] >= 0) bytes(trainer, 46 + i, spec.pieces[static_cast<std::size_t>(named[i])].text);
  bytes(out, 2, trainer);
  std::string normalizer;
  bytes(normalizer, 1, spec.charsmap.empty() ? "identity" : "embedded");
  bytes(normalizer, 2, spec.charsmap);
  number(normalizer, 3, spec.addDummyPrefix ? 1 : 0);
  number(normalizer, 4, spec.removeExtraBlanks ? 1 : 0);
  number(normalizer, 5, 1);
  bytes(out, 3, normalizer);
  return out;
}

// A field that occurs again is merged into the first.
std::string withoutDummyPrefix(std::string proto) {
  std::string normalizer;
  number(normalizer, 3, 0);
  bytes(proto, 3, normalizer);
  return proto;
}

std::string fromBase64(std::string_view text, const std::string& file) {
  const auto value = [&](char c) -> std::uint32_t {
    if (c >= 'A' && c <= 'Z') return static_cast<std::uint32_t>(c - 'A');
    if (c >= 'a' && c <= 'z') return static_cast<std::uint32_t>(c - 'a' + 26);
    if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0' + 52);
    if (c == '+') return 62;
    if (c == '/') return 63;
    refuse(file, "the normaliser's table is not base64");
  };
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    bits = (bits << 6) | value(c);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>((bits >> count) & 0xFF);
    }
  }
  return out;
}

}  // namespace attune
