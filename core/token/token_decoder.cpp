#include "core/token/token_decoder.h"

#include <memory>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/token/byte_alphabet.h"
#include "core/token/regex.h"
#include "core/token/unicode.h"

namespace attune {
namespace {

// "<0x0A>" -> 10; anything else -1.
int byteOf(const std::string& token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return -1;
  int value = 0;
  for (const char c : token.substr(3, 2)) {
    if (c >= '0' && c <= '9')
      value = value * 16 + (c - '0');
    else if (c >= 'A' && c <= 'F')
      value = value * 16 + (c - 'A' + 10);
    else
      return -1;
  }
  return value;
}

std::vector<std::string> fused(const std::vector<std::string>& tokens) { return {joinText(tokens, "")}; }

std::vector<std::string> bytesJoined(const std::vector<std::string>& tokens) {
  std::vector<std::string> out;
  std::string run;
  const auto flush = [&] {
    if (!run.empty()) out.push_back(validUtf8(run));
    run.clear();
  };
  for (const std::string& token : tokens) {
    const int byte = byteOf(token);
    if (byte >= 0) {
      run += static_cast<char>(byte);
    } else {
      flush();
      out.push_back(token);
    }
  }
  flush();
  return out;
}

DecoderStep stripStep(const Json& json) {
  const std::string content = json.stringOr("content", " ");
  const std::int64_t start = json.intOr("start", 0), stop = json.intOr("stop", 0);
  return [content, start, stop](std::vector<std::string> tokens) {
    for (std::string& token : tokens) {
      for (std::int64_t i = 0; i < start && !content.empty() && token.starts_with(content); ++i)
        token.erase(0, content.size());
      for (std::int64_t i = 0; i < stop && !content.empty() && token.ends_with(content); ++i)
        token.erase(token.size() - content.size());
    }
    return tokens;
  };
}

DecoderStep replaceStep(const Json& json, const std::string& file) {
  const std::string content = json.at("content").asString();
  if (const Json* plain = json.at("pattern").find("String"))
    return [from = plain->asString(), content](std::vector<std::string> tokens) {
      if (!from.empty())
        for (std::string& token : tokens) token = replaceAll(token, from, content);
      return tokens;
    };
  const auto regex = std::make_shared<const Regex>(json.at("pattern").at("Regex").asString(), file);
  return [regex, content](std::vector<std::string> tokens) {
    for (std::string& token : tokens) token = regex->replaced(token, content);
    return tokens;
  };
}

DecoderStep metaspaceStep(const Json& json) {
  const std::string mark = json.stringOr("replacement", "▁");
  const bool strips =
      json.stringOr("prepend_scheme", json.boolOr("add_prefix_space", true) ? "always" : "never") != "never";
  return [mark, strips](std::vector<std::string> tokens) {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const bool first = i == 0 && strips && tokens[i].starts_with(mark);
      tokens[i] = replaceAll(first ? tokens[i].substr(mark.size()) : tokens[i], mark, " ");
    }
    return tokens;
  };
}

void parse(const Json& json, const std::string& file, std::vector<DecoderStep>& steps) {
  const std::string type = json.stringOr("type", "");
  if (type == "Sequence") {
    for (const Json& part : json.at("decoders").items()) parse(part, file, steps);
  } else if (type == "ByteLevel") {
    steps.push_back(byteLevelDecoder());
  } else if (type == "WordPiece") {
    steps.push_back(wordPieceDecoder(json.stringOr("prefix", "##"), json.boolOr("cleanup", true)));
  } else if (type == "ByteFallback") {
    steps.emplace_back(bytesJoined);
  } else if (type == "Fuse") {
    steps.emplace_back(fused);
  } else if (type == "Strip") {
    steps.push_back(stripStep(json));
  } else if (type == "Replace") {
    steps.push_back(replaceStep(json, file));
  } else if (type == "Metaspace") {
    steps.push_back(metaspaceStep(json));
  } else {
    throw Error(ErrorKind::kUnsupported, file + ": the decoder '" + elide(type, 40) + "' is not supported",
                "Use a model whose tokenizer is of a known kind.")
        .inFile(file);
  }
}

}  // namespace

std::string TokenDecoder::operator()(std::vector<std::string> tokens) const {
  for (const DecoderStep& step : steps_) tokens = step(std::move(tokens));
  return joinText(tokens, "");
}

DecoderStep byteLevelDecoder() {
  return [](const std::vector<std::string>& tokens) {
    return std::vector<std::string>{validUtf8(fromByteAlphabet(joinText(tokens, "")))};
  };
}

DecoderStep wordPieceDecoder(const std::string& prefix, bool cleanUp) {
  return [prefix, cleanUp](std::vector<std::string> tokens) {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      std::string& token = tokens[i];
      if (i > 0 && token.starts_with(prefix))
        token.erase(0, prefix.size());
      else if (i > 0)
        token.insert(token.begin(), ' ');
      if (!cleanUp) continue;
      for (const char* mark : {".", "?", "!", ",", "n't", "'m", "'s", "'ve", "'re"})
        token = replaceAll(token, std::string(" ") + mark, mark);
    }
    return tokens;
  };
}

TokenDecoder parseDecoder(const Json& json, const std::string& file) {
  std::vector<DecoderStep> steps;
  if (!json.isNull())
    parse(json, file, steps);
  else
    steps.push_back(wordPieceDecoder("", false));
  return TokenDecoder(std::move(steps));
}

}  // namespace attune
