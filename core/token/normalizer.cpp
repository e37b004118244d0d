#include "core/token/normalizer.h"

#include <unicode/uchar.h>

#include <array>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/token/regex.h"
#include "core/token/unicode.h"

namespace attune {
namespace {

bool isControl(char32_t c) {
  if (c == U'\t' || c == U'\n' || c == U'\r') return false;
  const auto kind = u_charType(static_cast<UChar32>(c));
  return kind == U_CONTROL_CHAR || kind == U_FORMAT_CHAR || kind == U_PRIVATE_USE_CHAR;
}

bool isIdeograph(char32_t c) {
  struct Range {
    char32_t first, last;
  };
  constexpr std::array<Range, 8> ranges{{{0x4E00, 0x9FFF},
                                         {0x3400, 0x4DBF},
                                         {0x20000, 0x2A6DF},
                                         {0x2A700, 0x2B73F},
                                         {0x2B740, 0x2B81F},
                                         {0x2B920, 0x2CEAF},
                                         {0xF900, 0xFAFF},
                                         {0x2F800, 0x2FA1F}}};
  for (const Range& range : ranges)
    if (c >= range.first && c <= range.last) return true;
  return false;
}

std::string cleaned(const std::string& text, const BertNormalizerOptions& options) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = codePoint(text, at);
    at += c.bytes;
    if (options.cleanText && (c.value == 0 || c.value == 0xFFFD || isControl(c.value))) continue;
    if (options.cleanText && isWhitespace(c.value)) {
      out += ' ';
    } else if (options.handleIdeographs && isIdeograph(c.value)) {
      out += ' ';
      appendUtf8(out, c.value);
      out += ' ';
    } else {
      appendUtf8(out, c.value);
    }
  }
  return out;
}

std::string stripped(const std::string& text, bool left, bool right) {
  std::size_t begin = 0, end = text.size();
  if (left)
    while (begin < end && isWhitespace(codePoint(text, begin).value)) begin += codePoint(text, begin).bytes;
  while (right && end > begin) {
    std::size_t last = end - 1;
    while (last > begin && (static_cast<unsigned char>(text[last]) & 0xC0) == 0x80) --last;
    if (!isWhitespace(codePoint(text, last).value)) break;
    end = last;
  }
  return text.substr(begin, end - begin);
}

void parse(const Json& json, const std::string& file, std::vector<NormalizerStep>& steps) {
  const std::string type = json.stringOr("type", "");
  if (type == "Sequence") {
    for (const Json& part : json.at("normalizers").items()) parse(part, file, steps);
  } else if (type == "NFC" || type == "NFD" || type == "NFKC" || type == "NFKD") {
    steps.emplace_back([type](const std::string& text) { return normalForm(text, type); });
  } else if (type == "Lowercase") {
    steps.emplace_back([](const std::string& text) { return lowerCased(text); });
  } else if (type == "StripAccents") {
    steps.emplace_back([](const std::string& text) { return withoutMarks(text); });
  } else if (type == "Strip") {
    const bool left = json.boolOr("strip_left", true), right = json.boolOr("strip_right", true);
    steps.emplace_back([left, right](const std::string& text) { return stripped(text, left, right); });
  } else if (type == "Prepend") {
    const std::string prefix = json.at("prepend").asString();
    steps.emplace_back([prefix](const std::string& text) { return text.empty() ? text : prefix + text; });
  } else if (type == "Replace") {
    const std::string content = json.at("content").asString();
    if (const Json* plain = json.at("pattern").find("String")) {
      const std::string from = plain->asString();
      if (!from.empty())
        steps.emplace_back(
            [from, content](const std::string& text) { return replaceAll(text, from, content); });
    } else {
      const auto regex = std::make_shared<const Regex>(json.at("pattern").at("Regex").asString(), file);
      steps.emplace_back(
          [regex, content](const std::string& text) { return regex->replaced(text, content); });
    }
  } else if (type == "BertNormalizer") {
    BertNormalizerOptions options;
    options.cleanText = json.boolOr("clean_text", true);
    options.handleIdeographs = json.boolOr("handle_chinese_chars", true);
    options.lowerCase = json.boolOr("lowercase", true);
    options.stripAccents = json.boolOr("strip_accents", options.lowerCase);
    steps.push_back(bertNormalizer(options));
  } else {
    throw Error(ErrorKind::kUnsupported, file + ": the normalizer '" + elide(type, 40) + "' is not supported",
                "Use a model whose tokenizer is of a known kind.")
        .inFile(file);
  }
}

}  // namespace

NormalizerStep bertNormalizer(const BertNormalizerOptions& options) {
  return [options](std::string text) {
    text = cleaned(text, options);
    if (options.stripAccents) text = withoutMarks(normalForm(text, "NFD"));
    return options.lowerCase ? lowerCased(text) : text;
  };
}

Normalizer parseNormalizer(const Json& json, const std::string& file) {
  std::vector<NormalizerStep> steps;
  if (!json.isNull()) parse(json, file, steps);
  return Normalizer(std::move(steps));
}

}  // namespace attune
