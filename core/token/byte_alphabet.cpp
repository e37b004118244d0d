#include "core/token/byte_alphabet.h"

#include <array>

#include "core/token/unicode.h"

namespace attune {
namespace {

bool isPrintable(int byte) {
  return (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255);
}

struct Alphabet {
  std::array<std::string, 256> characters;
  std::array<int, 0x144> bytes;  // by character; -1: not in the alphabet

  Alphabet() {
    bytes.fill(-1);
    char32_t next = 0x100;
    for (int b = 0; b < 256; ++b) {
      const char32_t c = isPrintable(b) ? static_cast<char32_t>(b) : next++;
      appendUtf8(characters[static_cast<std::size_t>(b)], c);
      bytes[c] = b;
    }
  }
};

const Alphabet& alphabet() {
  static const Alphabet all;
  return all;
}

}  // namespace

std::string toByteAlphabet(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char byte : bytes) text += alphabet().characters[static_cast<unsigned char>(byte)];
  return text;
}

std::string fromByteAlphabet(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = codePoint(text, at);
    const int byte = c.value < alphabet().bytes.size() ? alphabet().bytes[c.value] : -1;
    if (byte >= 0)
      bytes += static_cast<char>(byte);
    else
      bytes.append(text.substr(at, c.bytes));
    at += c.bytes;
  }
  return bytes;
}

}  // namespace attune
