#include <algorithm>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/gguf.h"
#include "core/token/sentencepiece.h"
#include "core/token/tokenizer_config.h"
#include "core/token/vocabulary_files.h"

namespace attune {
namespace {

constexpr std::int64_t kMaxModelBytes = 64 << 20;

// tokenizer.model of the LLaMA family: bos in front unless the config says otherwise, added tokens on top.
std::shared_ptr<const Tokenizer> openLlama(const std::string& file, const TokenizerConfig& config) {
  const std::string proto = readFile(file, kMaxModelBytes);
  const SentencePieceIds ids = sentencePieceIds(proto, file);
  SentencePieceOptions options;
  options.bosId = ids.bos;
  options.eosId = ids.eos;
  options.endIds = config.endIds;
  options.legacy = config.legacy;
  if (config.addBos.value_or(true) && ids.bos >= 0) options.frame.before.push_back(ids.bos);
  if (config.addEos.value_or(false) && ids.eos >= 0) options.frame.after.push_back(ids.eos);
  options.added = config.added;
  if (!options.added.empty())
    for (const auto& [name, id] : {std::pair{config.bos, ids.bos}, {config.eos, ids.eos}}) {
      const bool known = std::any_of(options.added.begin(), options.added.end(),
                                     [&, i = id](const AddedToken& token) { return token.id == i; });
      if (known || id < 0 || name.empty()) continue;
      AddedToken token;
      token.id = id;
      token.content = name;
      token.special = true;
      options.added.push_back(std::move(token));
    }
  return makeSentencePiece(proto, file, options);
}

// spiece.model of T5: eos behind, sentinels above the pieces. Nobody's text means a sentinel, so they are not
// looked for.
std::shared_ptr<const Tokenizer> openT5(const std::string& file, const TokenizerConfig& config) {
  const std::string proto = readFile(file, kMaxModelBytes);
  const SentencePieceIds ids = sentencePieceIds(proto, file);
  SentencePieceOptions options;
  options.eosId = ids.eos;
  options.endIds = config.endIds;
  options.extraIds = 100;
  if (config.addEos.value_or(true) && ids.eos >= 0) options.frame.after.push_back(ids.eos);
  for (const AddedToken& token : config.added)
    if (!token.content.starts_with("<extra_id_")) options.added.push_back(token);
  return makeSentencePiece(proto, file, options);
}

std::shared_ptr<const Tokenizer> open(const std::string& path) {
  if (isGgufFile(path)) return openGgufVocabulary(path);
  const std::filesystem::path base(path);
  const TokenizerConfig config = readTokenizerConfig(path);
  const auto file = [&](const char* name) { return (base / name).string(); };
  const auto has = [&](const char* name) { return std::filesystem::exists(base / name); };
  if (has("tokenizer.model")) return openLlama(file("tokenizer.model"), config);
  if (has("spiece.model")) return openT5(file("spiece.model"), config);
  if (has("tokenizer.json")) return openTokenizerJson(file("tokenizer.json"), config);
  if (has("vocab.json") && has("merges.txt"))
    return openVocabAndMerges(file("vocab.json"), file("merges.txt"), config);
  if (has("vocab.txt")) return openVocabText(file("vocab.txt"), config);
  throw Error(ErrorKind::kNotFound, path + ": no tokenizer found",
              "The folder needs one of: tokenizer.model, spiece.model, tokenizer.json, vocab.json with "
              "merges.txt, vocab.txt.")
      .inFile(path);
}

}  // namespace

std::shared_ptr<const Tokenizer> openTokenizer(const std::string& path) {
  try {
    return open(path);
  } catch (const Error& e) {
    if (!e.file().empty()) throw;
    throw Error(e.kind(), path + ": " + e.what(),
                e.hint().empty() ? "Get the tokenizer's files again from the model's source." : e.hint())
        .inFile(path);
  }
}

}  // namespace attune
