#include "core/data/decode.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "core/base/error.h"
#include "core/base/text.h"

namespace attune {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr char32_t kReplacementPoint = 0xFFFD;

unsigned char byteAt(std::string_view text, std::size_t i) { return static_cast<unsigned char>(text[i]); }

std::string canonicalEncoding(const std::string& name) {
  const std::string lower = toLowerAscii(trim(name));
  if (lower.empty() || lower == "utf-8" || lower == "utf-16le" || lower == "utf-16be" ||
      lower == "windows-1252")
    return lower;
  if (lower == "utf8" || lower == "utf-8-sig") return "utf-8";
  if (lower == "utf16le" || lower == "utf-16-le") return "utf-16le";
  if (lower == "utf16be" || lower == "utf-16-be") return "utf-16be";
  // Latin-1 differs from Windows-1252 only by control characters that no text contains.
  for (const char* alias : {"cp1252", "latin1", "latin-1", "iso-8859-1", "iso8859-1", "ansi"})
    if (lower == alias) return "windows-1252";
  throw Error(ErrorKind::kUsage, "unknown encoding '" + name + "'",
              "Choose utf-8, windows-1252, utf-16le or utf-16be.");
}

void appendUtf8(std::string& out, char32_t c) {
  const auto put = [&](char32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6));
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3F));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

std::string fromWindows1252(std::string_view bytes) {
  // 0x80 to 0x9F; the five bytes without a meaning become U+FFFD.
  static constexpr std::array<char32_t, 32> kUpper = {
      0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
      0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
      0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178};
  std::string text;
  text.reserve(bytes.size() + bytes.size() / 8);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const unsigned char c = byteAt(bytes, i);
    appendUtf8(text, c >= 0x80 && c < 0xA0 ? kUpper[c - 0x80u] : c);
  }
  return text;
}

std::string fromUtf16(std::string_view bytes, bool bigEndian, std::size_t& replaced) {
  const auto unit = [&](std::size_t i) {
    const char32_t first = byteAt(bytes, i), second = byteAt(bytes, i + 1);
    return bigEndian ? (first << 8 | second) : (second << 8 | first);
  };
  std::string text;
  text.reserve(bytes.size());
  replaced = bytes.size() % 2;  // half a character at the end
  const std::size_t end = bytes.size() - bytes.size() % 2;
  for (std::size_t i = 0; i < end; i += 2) {
    char32_t c = unit(i);
    if (c >= 0xD800 && c < 0xDC00 && i + 2 < end && unit(i + 2) >= 0xDC00 && unit(i + 2) < 0xE000) {
      c = 0x10000 + ((c - 0xD800) << 10) + (unit(i + 2) - 0xDC00);
      i += 2;
    } else if (c >= 0xD800 && c < 0xE000) {
      c = kReplacementPoint;
      ++replaced;
    }
    appendUtf8(text, c);
  }
  return text;
}

// The kind of a file that people take for a table, or nullptr.
const char* knownBinaryKind(std::string_view bytes) {
  using namespace std::string_view_literals;
  static constexpr std::pair<std::string_view, const char*> kKinds[] = {
      {"PK\x03\x04"sv, "a zip archive, perhaps an Excel or OpenDocument workbook"},
      {"\xD0\xCF\x11\xE0"sv, "an old Excel workbook"},
      {"\x1F\x8B"sv, "a gzip archive"},
      {"PAR1"sv, "a Parquet file"},
      {"%PDF-"sv, "a PDF document"},
      {"SQLite format 3"sv, "an SQLite database"},
      {"ARROW1"sv, "an Arrow file"},
      {"\x28\xB5\x2F\xFD"sv, "a zstd archive"}};
  for (const auto& [magic, kind] : kKinds)
    if (bytes.starts_with(magic)) return kind;
  return nullptr;
}

bool looksBinary(std::string_view bytes) {
  const std::string_view sample = bytes.substr(0, std::size_t{1} << 20);
  std::size_t controls = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const unsigned char c = byteAt(sample, i);
    if (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != '\v' && c != 0x1A && c != 0x1B)
      ++controls;
  }
  return controls >= 3 && controls * 50 > sample.size();
}

// UTF-16 without a mark: in Western text every second byte is 0.
std::string unmarkedUtf16(std::string_view bytes) {
  const std::string_view sample = bytes.substr(0, std::size_t{1} << 16);
  std::size_t zeros[2] = {0, 0};
  for (std::size_t i = 0; i < sample.size(); ++i)
    if (sample[i] == '\0') ++zeros[i % 2];
  const std::size_t half = sample.size() / 2;
  if (half < 4) return {};
  if (zeros[1] * 10 > half * 6 && zeros[0] * 20 < half) return "utf-16le";
  if (zeros[0] * 10 > half * 6 && zeros[1] * 20 < half) return "utf-16be";
  return {};
}

// Whether a valid sequence of two or more bytes occurs anywhere.
bool hasMultiByteSequence(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (byteAt(bytes, i) < 0xC2) continue;
    const unsigned char lead = byteAt(bytes, i);
    const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (i + length <= bytes.size() && !firstInvalidUtf8(bytes.substr(i, length))) return true;
  }
  return false;
}

std::int64_t lineOf(std::string_view text, std::size_t offset) {
  std::int64_t line = 1;
  for (std::size_t i = 0; i < offset; ++i)
    if (text[i] == '\n' || (text[i] == '\r' && text[i + 1] != '\n')) ++line;
  return line;
}

std::string markOf(std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) return "utf-8";
  if (bytes.starts_with("\xFF\xFE")) return "utf-16le";
  if (bytes.starts_with("\xFE\xFF")) return "utf-16be";
  return {};
}

}  // namespace

std::string byteName(std::string_view text, std::size_t offset) {
  static const char* kDigits = "0123456789ABCDEF";
  const unsigned char byte = byteAt(text, offset);
  return {kDigits[byte >> 4], kDigits[byte & 15]};
}

std::string replaceInvalidUtf8(std::string_view text) {
  std::string valid;
  while (const auto bad = firstInvalidUtf8(text)) {
    valid += text.substr(0, *bad);
    valid += kReplacement;
    text.remove_prefix(*bad + 1);
  }
  valid += text;
  return replaceAll(std::move(valid), std::string_view("\0", 1), kReplacement);
}

std::optional<DecodedText> decodeText(std::string bytes, const std::string& encodingWanted,
                                      Findings& findings) {
  using namespace std::string_view_literals;
  std::string encoding = canonicalEncoding(encodingWanted);
  const bool explicitly = !encoding.empty();
  if (bytes.empty()) {
    findings.error("empty_file", "The file is empty.", "Choose a file with a header line and rows below it.");
    return std::nullopt;
  }
  if (const char* kind = knownBinaryKind(bytes)) {
    findings.error("not_text", std::string("This is not a text file but ") + kind + ".",
                   "Save the table as CSV (UTF-8) and import that file.");
    return std::nullopt;
  }
  if (!explicitly && (bytes.starts_with("\xFF\xFE\0\0"sv) || bytes.starts_with("\0\0\xFE\xFF"sv))) {
    findings.error("not_text", "The file is in UTF-32, which is not supported.", "Save it as UTF-8.");
    return std::nullopt;
  }

  const std::string mark = markOf(bytes);
  if (!explicitly) encoding = mark;
  if (!explicitly && encoding.empty()) {
    encoding = unmarkedUtf16(bytes);
    if (!encoding.empty())
      findings.warn("encoding_guessed", "The file was read as " + encoding + ": every second byte is 0.",
                    "Look at the rows; if they are wrong, choose the encoding.");
  }
  const bool utf16 = encoding.starts_with("utf-16");
  if (!utf16 && looksBinary(bytes)) {
    findings.error("not_text", "This is not a text file: it has many control bytes.",
                   "Choose a CSV, TSV, JSONL or JSON file.");
    return std::nullopt;
  }

  DecodedText decoded;
  if (!mark.empty() && mark == encoding) bytes.erase(0, mark == "utf-8" ? 3 : 2);
  if (bytes.empty()) {
    findings.error("empty_file", "The file is empty: it has a byte order mark and nothing else.",
                   "Choose a file with a header line and rows below it.");
    return std::nullopt;
  }
  if (utf16) {
    std::size_t replaced = 0;
    decoded.text = fromUtf16(bytes, encoding == "utf-16be", replaced);
    if (replaced > 0)
      findings.warn("broken_utf16",
                    countText(static_cast<std::int64_t>(replaced), "character") +
                        " of the file cannot be read as " + encoding + "; U+FFFD stands in their place.",
                    "Check that the file is complete, or choose another encoding.");
    if (looksBinary(decoded.text)) {
      findings.error("not_text",
                     "This is not a text file: read as " + encoding + " it has many control characters.",
                     "Choose another encoding or a CSV, TSV, JSONL or JSON file.");
      return std::nullopt;
    }
  } else if (encoding == "windows-1252") {
    decoded.text = fromWindows1252(bytes);
  } else {
    const auto bad = firstInvalidUtf8(bytes);
    if (bad && !explicitly && mark.empty() && !hasMultiByteSequence(bytes)) {
      encoding = "windows-1252";
      const std::int64_t line = lineOf(bytes, *bad);
      findings.warn(
          "encoding_guessed",
          "The file is not UTF-8 (first in line " + std::to_string(line) + ", byte " + byteName(bytes, *bad) +
              "); it was read as windows-1252.",
          "Look at the accented letters; if they are wrong, choose the encoding or save the file as UTF-8.",
          {line});
      decoded.text = fromWindows1252(bytes);
    } else {
      encoding = "utf-8";
      decoded.hasInvalidBytes = bad.has_value();
      decoded.text = std::move(bytes);
    }
  }
  decoded.encoding = encoding;
  decoded.hasNul = std::memchr(decoded.text.data(), 0, decoded.text.size()) != nullptr;
  return decoded;
}

}  // namespace attune
