#include "core/token/pre_tokenizer.h"

#include <memory>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/token/byte_alphabet.h"
#include "core/token/regex.h"
#include "core/token/unicode.h"

namespace attune {

const char* const kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
const char* const kLlama3Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
const char* const kQwen2Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

namespace {

using Ranges = std::vector<std::pair<std::size_t, std::size_t>>;
enum class Behaviour { kRemoved, kIsolated, kWithPrevious, kWithNext, kContiguous };

Behaviour behaviour(const std::string& name, const std::string& file) {
  if (name == "Removed") return Behaviour::kRemoved;
  if (name == "Isolated") return Behaviour::kIsolated;
  if (name == "MergedWithPrevious") return Behaviour::kWithPrevious;
  if (name == "MergedWithNext") return Behaviour::kWithNext;
  if (name == "Contiguous") return Behaviour::kContiguous;
  throw Error(ErrorKind::kUnsupported,
              file + ": the split behaviour '" + elide(name, 40) + "' is not supported")
      .inFile(file);
}

// Cuts `text` at the matches.
void cut(const std::string& text, const Ranges& matches, bool invert, Behaviour how,
         std::vector<std::string>& out) {
  struct Part {
    std::size_t begin, end;
    bool match;
  };
  std::vector<Part> parts;
  std::size_t from = 0;
  for (const auto& [begin, end] : matches) {
    if (begin > from) parts.push_back({from, begin, invert});
    parts.push_back({begin, end, !invert});
    from = end;
  }
  if (from < text.size()) parts.push_back({from, text.size(), invert});

  std::vector<Part> merged;
  for (const Part& part : parts) {
    const bool glued =
        !merged.empty() && ((how == Behaviour::kWithPrevious && part.match && !merged.back().match) ||
                            (how == Behaviour::kWithNext && !part.match && merged.back().match) ||
                            (how == Behaviour::kContiguous && part.match == merged.back().match));
    if (how == Behaviour::kRemoved && part.match) continue;
    if (glued) {
      merged.back().end = part.end;
      // What has swallowed a match swallows no second one; with the next, the pair counts as text.
      merged.back().match = how == Behaviour::kContiguous ? part.match : how == Behaviour::kWithPrevious;
    } else {
      merged.push_back(part);
    }
  }
  for (const Part& part : merged) out.push_back(text.substr(part.begin, part.end - part.begin));
}

template <typename Find>
PreTokenizerStep splitter(Find find, bool invert, Behaviour how) {
  return [find, invert, how](const Pieces& in) {
    Pieces out{{}, in.atStart};
    for (const std::string& text : in.texts) cut(text, find(text), invert, how, out.texts);
    return out;
  };
}

// Ranges of single characters, or of runs of them, that `is` says yes to.
template <typename Is>
auto charactersThat(Is is, bool runs) {
  return [is, runs](const std::string& text) {
    Ranges ranges;
    for (std::size_t at = 0; at < text.size();) {
      const CodePoint c = codePoint(text, at);
      if (is(c.value)) {
        if (runs && !ranges.empty() && ranges.back().second == at)
          ranges.back().second = at + c.bytes;
        else
          ranges.emplace_back(at, at + c.bytes);
      }
      at += c.bytes;
    }
    return ranges;
  };
}

bool isBertPunctuation(char32_t c) {
  const bool ascii =
      (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) || (c >= 123 && c <= 126);
  return ascii || isPunctuation(c);
}

PreTokenizerStep metaspace(const Json& json, const std::string& file) {
  const std::string mark = json.stringOr("replacement", "▁");
  std::string scheme =
      json.stringOr("prepend_scheme", json.boolOr("add_prefix_space", true) ? "always" : "never");
  if (scheme != "always" && scheme != "first" && scheme != "never")
    throw Error(ErrorKind::kUnsupported,
                file + ": prepend_scheme '" + elide(scheme, 40) + "' is not supported")
        .inFile(file);
  const bool split = json.boolOr("split", true);
  return [mark, scheme, split](const Pieces& in) {
    Pieces out{{}, in.atStart};
    for (std::size_t i = 0; i < in.texts.size(); ++i) {
      std::string text = replaceAll(in.texts[i], " ", mark);
      const bool prepend = scheme == "always" || (scheme == "first" && in.atStart && i == 0);
      if (prepend && !text.starts_with(mark)) text = mark + text;
      if (!split) {
        out.texts.push_back(std::move(text));
        continue;
      }
      Ranges marks;
      for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + mark.size()))
        marks.emplace_back(at, at + mark.size());
      cut(text, marks, false, Behaviour::kWithNext, out.texts);
    }
    return out;
  };
}

PreTokenizerStep regexSplit(const Json& json, const std::string& file) {
  const Behaviour how = behaviour(json.stringOr("behavior", "Isolated"), file);
  const bool invert = json.boolOr("invert", false);
  const Json& pattern = json.at("pattern");
  if (const Json* plain = pattern.find("String")) {
    const std::string text = plain->asString();
    return splitter(
        [text](const std::string& in) {
          Ranges found;
          if (text.empty()) return found;
          for (std::size_t at = in.find(text); at != std::string::npos; at = in.find(text, at + text.size()))
            found.emplace_back(at, at + text.size());
          return found;
        },
        invert, how);
  }
  const auto regex = std::make_shared<const Regex>(pattern.at("Regex").asString(), file);
  return splitter([regex](const std::string& in) { return regex->matches(in); }, invert, how);
}

void parse(const Json& json, const std::string& file, std::vector<PreTokenizerStep>& steps) {
  const std::string type = json.stringOr("type", "");
  if (type == "Sequence") {
    for (const Json& part : json.at("pretokenizers").items()) parse(part, file, steps);
  } else if (type == "ByteLevel") {
    steps.push_back([addSpace = json.boolOr("add_prefix_space", true)](const Pieces& in) {
      Pieces out = in;
      if (addSpace)
        for (std::string& text : out.texts)
          if (!text.starts_with(' ')) text.insert(text.begin(), ' ');
      return out;
    });
    if (json.boolOr("use_regex", true)) steps.push_back(splitAtMatches(kGpt2Pattern, file));
    steps.push_back(intoByteAlphabet(false));
  } else if (type == "Split") {
    steps.push_back(regexSplit(json, file));
  } else if (type == "Digits") {
    steps.push_back(splitter(charactersThat(isNumeric, !json.boolOr("individual_digits", false)), false,
                             Behaviour::kIsolated));
  } else if (type == "Metaspace") {
    steps.push_back(metaspace(json, file));
  } else if (type == "Whitespace") {
    const auto regex = std::make_shared<const Regex>(R"(\w+|[^\w\s]+)", file);
    steps.push_back(
        splitter([regex](const std::string& in) { return regex->matches(in); }, true, Behaviour::kRemoved));
  } else if (type == "WhitespaceSplit") {
    steps.push_back(splitter(charactersThat(isWhitespace, false), false, Behaviour::kRemoved));
  } else if (type == "BertPreTokenizer") {
    steps.push_back(splitLikeBert());
  } else if (type == "Punctuation") {
    steps.push_back(splitter(charactersThat(isBertPunctuation, false), false,
                             behaviour(json.stringOr("behavior", "Isolated"), file)));
  } else {
    throw Error(ErrorKind::kUnsupported,
                file + ": the pre-tokenizer '" + elide(type, 40) + "' is not supported",
                "Use a model whose tokenizer is of a known kind.")
        .inFile(file);
  }
}

}  // namespace

std::vector<std::string> PreTokenizer::operator()(std::string text, bool atStart) const {
  Pieces pieces{{}, atStart};
  if (!text.empty()) pieces.texts.push_back(std::move(text));
  for (const PreTokenizerStep& step : steps_) pieces = step(pieces);
  return std::move(pieces.texts);
}

PreTokenizerStep splitAtMatches(const std::string& pattern, const std::string& file) {
  const auto regex = std::make_shared<const Regex>(pattern, file);
  return splitter([regex](const std::string& in) { return regex->matches(in); }, false, Behaviour::kIsolated);
}

PreTokenizerStep intoByteAlphabet(bool addPrefixSpace) {
  return [addPrefixSpace](const Pieces& in) {
    Pieces out{{}, in.atStart};
    for (const std::string& text : in.texts)
      out.texts.push_back(toByteAlphabet(addPrefixSpace && !text.starts_with(' ') ? " " + text : text));
    return out;
  };
}

PreTokenizerStep splitLikeBert() {
  const auto blanks = splitter(charactersThat(isWhitespace, false), false, Behaviour::kRemoved);
  const auto marks = splitter(charactersThat(isBertPunctuation, false), false, Behaviour::kIsolated);
  return [blanks, marks](const Pieces& in) { return marks(blanks(in)); };
}

PreTokenizer parsePreTokenizer(const Json& json, const std::string& file) {
  std::vector<PreTokenizerStep> steps;
  if (!json.isNull()) parse(json, file, steps);
  return PreTokenizer(std::move(steps));
}

}  // namespace attune
