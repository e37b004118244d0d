#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/gguf.h"
#include "core/token/sentencepiece.h"
#include "core/token/tokenizer_config.h"
#include "core/token/vocabulary_files.h"

namespace attune {
namespace {

constexpr std::int64_t kMaxBytes = 256 << 20;

// Of a model's folder: all that a tokenizer is read from.
constexpr const char* kFiles[] = {"tokenizer.model",
                                  "spiece.model",
                                  "tokenizer.json",
                                  "vocab.json",
                                  "merges.txt",
                                  "vocab.txt",
                                  "added_tokens.json",
                                  "tokenizer_config.json",
                                  "special_tokens_map.json",
                                  "generation_config.json"};

// tokenizer.model of the LLaMA family: bos in front unless the config says otherwise, added tokens on top.
std::shared_ptr<const Tokenizer> openLlama(const std::string& proto, const std::string& file,
                                           const TokenizerConfig& config) {
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
std::shared_ptr<const Tokenizer> openT5(const std::string& proto, const std::string& file,
                                        const TokenizerConfig& config) {
  const SentencePieceIds ids = sentencePieceIds(proto, file);
  SentencePieceOptions options;
  options.eosId = ids.eos;
  options.endIds = config.endIds;
  options.extraIds = config.extraIds.value_or(100);
  options.stripsBlanks = true;
  if (config.addEos.value_or(true) && ids.eos >= 0) options.frame.after.push_back(ids.eos);
  for (const AddedToken& token : config.added)
    if (!token.content.starts_with("<extra_id_")) options.added.push_back(token);
  return makeSentencePiece(proto, file, options);
}

std::shared_ptr<const Tokenizer> openFile(TokenizerFile file, const std::string& path) {
  if (file.name == "tokenizer.model") return openLlama(file.content, path, file.config);
  if (file.name == "spiece.model") return openT5(file.content, path, file.config);
  if (file.name == "tokenizer.json") return openTokenizerJson(std::move(file.json), path, file.config);
  return openVocabText(file.content, path, file.config);
}

std::shared_ptr<const Tokenizer> open(const std::string& path) {
  if (isGgufFile(path)) return openFile(readGgufVocabulary(path), path);
  const std::filesystem::path base(path);
  TokenizerFile file;
  file.config = readTokenizerConfig(path);
  for (const char* name : {"tokenizer.model", "spiece.model", "tokenizer.json", "vocab.json", "vocab.txt"}) {
    if (!std::filesystem::exists(base / name)) continue;
    const std::string from = (base / name).string();
    file.name = name;
    if (file.name == "vocab.json") {
      const std::string merges = (base / "merges.txt").string();
      if (!std::filesystem::exists(merges)) continue;
      return openVocabAndMerges(from, merges, file.config);
    }
    file.content = readFile(from, kMaxBytes);
    if (file.name == "tokenizer.json") file.json = parseJson(std::exchange(file.content, {}), from);
    return openFile(std::move(file), from);
  }
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

std::vector<std::string> saveTokenizer(const std::string& path, const std::string& folder) {
  const std::filesystem::path out(folder);
  std::vector<std::string> names;
  const auto write = [&](const std::string& name, const std::string& content) {
    writeFileAtomically((out / name).string(), content);
    names.push_back(name);
  };
  if (isGgufFile(path)) {
    const TokenizerFile file = readGgufVocabulary(path);
    write(file.name, file.json.isNull() ? file.content : file.json.dump(2) + "\n");
    write("tokenizer_config.json", tokenizerConfigJson(file.config).dump(2) + "\n");
    write("generation_config.json", generationConfigJson(file.config).dump(2) + "\n");
    return names;
  }
  for (const char* name : kFiles)
    if (const auto from = std::filesystem::path(path) / name; std::filesystem::exists(from))
      write(name, readFile(from.string()));
  return names;
}

}  // namespace attune
