#include "core/token/vocab_text.h"

#include "core/base/text.h"
#include "core/token/pipeline_tokenizer.h"
#include "core/token/vocabulary_files.h"

namespace attune {

std::shared_ptr<const Tokenizer> makeBertTokenizer(Vocabulary words, const TokenizerConfig& config,
                                                   const std::string& file) {
  const auto named = [](const std::string& name, const char* usual) { return name.empty() ? usual : name; };
  TokenizerParts parts;
  parts.kind = "wordpiece";
  for (const AddedToken& token : config.added) parts.added.add(token);
  const auto special = [&](const std::string& name) {
    AddedToken token;
    token.id = words.find(name);
    token.content = name;
    token.special = true;
    if (token.id >= 0 && !parts.added.find(name)) parts.added.add(token);
    return token.id;
  };
  const std::string unknown = named(config.unknown, "[UNK]");
  special(unknown);
  special(named(config.pad, "[PAD]"));
  special(named(config.mask, "[MASK]"));
  const std::int64_t cls = special(named(config.cls, "[CLS]")), sep = special(named(config.sep, "[SEP]"));
  if (cls >= 0) parts.frame.before.push_back(cls);
  if (sep >= 0) parts.frame.after.push_back(sep);
  BertNormalizerOptions options;
  options.lowerCase = config.lowerCase;
  options.stripAccents = config.stripAccents.value_or(config.lowerCase);
  options.handleIdeographs = config.splitIdeographs;
  parts.normalizer = Normalizer({bertNormalizer(options)});
  parts.preTokenizer = PreTokenizer({splitLikeBert()});
  parts.model = makeWordPiece(std::move(words), {.unknown = unknown}, file);
  parts.decoder = TokenDecoder({wordPieceDecoder("##", true)});
  return makePipelineTokenizer(std::move(parts));
}

std::shared_ptr<const Tokenizer> openVocabText(const std::string& content, const std::string& file,
                                               const TokenizerConfig& config) {
  Vocabulary words;
  std::vector<std::string> lines = splitText(content, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].ends_with('\r')) lines[i].pop_back();
    words.add(lines[i], static_cast<std::int64_t>(i), file);
  }
  return makeBertTokenizer(std::move(words), config, file);
}

}  // namespace attune
