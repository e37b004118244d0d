#include "core/token/added_tokens.h"

#include <unicode/uchar.h>

#include <algorithm>

#include "core/token/unicode.h"

namespace attune {
namespace {

bool isWordCharacter(char32_t c) {
  return c == U'_' || u_isalnum(static_cast<UChar32>(c)) ||
         u_charType(static_cast<UChar32>(c)) == U_NON_SPACING_MARK;
}

// The character that ends right before `at`, or begins there.
char32_t before(std::string_view text, std::size_t at) {
  while (at > 0 && (static_cast<unsigned char>(text[--at]) & 0xC0) == 0x80) {
  }
  return codePoint(text, at).value;
}

bool standsAlone(std::string_view text, std::size_t begin, std::size_t end) {
  if (begin > 0 && isWordCharacter(before(text, begin))) return false;
  return end >= text.size() || !isWordCharacter(codePoint(text, end).value);
}

}  // namespace

AddedToken addedToken(std::int64_t id, const Json& json) {
  return {id,
          json.at("content").asString(),
          json.boolOr("special", false),
          json.boolOr("normalized", false),
          json.boolOr("lstrip", false),
          json.boolOr("rstrip", false),
          json.boolOr("single_word", false)};
}

Json addedTokenJson(const AddedToken& token) {
  return Json()
      .set("content", token.content)
      .set("lstrip", token.leftStrip)
      .set("normalized", token.normalized)
      .set("rstrip", token.rightStrip)
      .set("single_word", token.singleWord)
      .set("special", token.special);
}

void AddedTokens::add(AddedToken token) {
  if (token.content.empty()) return;
  for (AddedToken& known : tokens_)
    if (known.content == token.content) {
      known = std::move(token);
      return;
    }
  auto& list = byFirstByte_[static_cast<unsigned char>(token.content.front())];
  tokens_.push_back(std::move(token));
  list.push_back(tokens_.size() - 1);
  std::stable_sort(list.begin(), list.end(), [&](std::size_t a, std::size_t b) {
    return tokens_[a].content.size() > tokens_[b].content.size();
  });
}

const AddedToken* AddedTokens::find(std::int64_t id) const {
  for (const AddedToken& token : tokens_)
    if (token.id == id) return &token;
  return nullptr;
}

const AddedToken* AddedTokens::find(std::string_view content) const {
  for (const AddedToken& token : tokens_)
    if (token.content == content) return &token;
  return nullptr;
}

std::vector<Segment> AddedTokens::split(const std::vector<Segment>& segments, SpecialTokens special,
                                        bool normalized) const {
  std::vector<Segment> result;
  for (const Segment& segment : segments) {
    if (segment.id >= 0) {
      result.push_back(segment);
      continue;
    }
    for (Segment& part : splitOne(segment, special, normalized)) result.push_back(std::move(part));
  }
  return result;
}

std::vector<Segment> AddedTokens::splitOne(const Segment& segment, SpecialTokens special,
                                           bool normalized) const {
  const std::string& text = segment.text;
  std::vector<Segment> parts;
  std::size_t plainFrom = 0;
  const auto plainUntil = [&](std::size_t end) {
    if (end > plainFrom)
      parts.push_back({text.substr(plainFrom, end - plainFrom), -1, segment.atStart && plainFrom == 0});
  };
  for (std::size_t at = 0; at < text.size();) {
    const AddedToken* found = nullptr;
    for (const std::size_t i : byFirstByte_[static_cast<unsigned char>(text[at])]) {
      const AddedToken& token = tokens_[i];
      if (token.normalized != normalized || (token.special && special == SpecialTokens::kPlainText)) continue;
      if (text.compare(at, token.content.size(), token.content) != 0) continue;
      if (token.singleWord && !standsAlone(text, at, at + token.content.size())) continue;
      found = &token;
      break;
    }
    if (!found) {
      ++at;
      continue;
    }
    std::size_t begin = at, end = at + found->content.size();
    if (found->leftStrip)
      while (begin > plainFrom && isWhitespace(before(text, begin))) {
        do --begin;
        while ((static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80);
      }
    if (found->rightStrip)
      while (end < text.size() && isWhitespace(codePoint(text, end).value)) end += codePoint(text, end).bytes;
    plainUntil(begin);
    parts.push_back({found->content, found->id, segment.atStart && begin == 0});
    plainFrom = at = end;
  }
  plainUntil(text.size());
  return parts;
}

}  // namespace attune
