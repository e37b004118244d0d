#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/token/pipeline_tokenizer.h"
#include "core/token/vocabulary_files.h"

namespace attune {
namespace {

std::vector<std::pair<std::string, std::string>> readMerges(const std::string& file) {
  std::vector<std::pair<std::string, std::string>> merges;
  std::int64_t row = 0;
  for (const std::string& raw : splitText(readFile(file, 256 << 20), '\n')) {
    ++row;
    const std::string line = raw.ends_with('\r') ? raw.substr(0, raw.size() - 1) : raw;
    if (line.empty() || (row == 1 && line.starts_with("#version"))) continue;
    const auto blank = line.find(' ', 1);
    if (blank == std::string::npos || line.find(' ', blank + 1) != std::string::npos)
      throw Error(
          ErrorKind::kInvalidInput,
          file + ": line " + std::to_string(row) + " does not join two tokens: '" + elide(line, 40) + "'",
          "Get the file again from the model's source.")
          .inFile(file)
          .atRow(row);
    merges.emplace_back(line.substr(0, blank), line.substr(blank + 1));
  }
  return merges;
}

}  // namespace

std::shared_ptr<const Tokenizer> openVocabAndMerges(const std::string& vocab, const std::string& merges,
                                                    const TokenizerConfig& config) {
  const Json json = parseJson(readFile(vocab, 256 << 20), vocab);
  if (!json.isObject())
    throw Error(ErrorKind::kInvalidInput, vocab + ": is no JSON object",
                "Get the file again from the model's source.")
        .inFile(vocab);
  Vocabulary words;
  for (const auto& [token, id] : json.members()) words.add(token, id.asInt(), vocab);
  TokenizerParts parts;
  parts.kind = "byte-bpe";
  for (const AddedToken& token : config.added) parts.added.add(token);
  std::vector<std::string> special = config.named();
  special.emplace_back("<|endoftext|>");  // GPT-2's, also where no file names it
  for (const std::string& name : special)
    if (const std::int64_t id = words.find(name); id >= 0 && !parts.added.find(name)) {
      AddedToken token;
      token.id = id;
      token.content = name;
      token.special = true;
      parts.added.add(token);
    }
  const bool isQwen = config.className.starts_with("Qwen2");
  if (isQwen) parts.normalizer = parseNormalizer(Json().set("type", "NFC"), vocab);
  parts.preTokenizer =
      PreTokenizer({splitAtMatches(isQwen ? kQwen2Pattern : kGpt2Pattern, vocab), intoByteAlphabet(false)});
  parts.model = makeBpe(std::move(words), readMerges(merges), {}, merges);
  parts.decoder = TokenDecoder({byteLevelDecoder()});
  const auto id = [&](const std::string& content) {
    const AddedToken* token = parts.added.find(content);
    return token ? token->id : -1;
  };
  parts.bosId = id(config.bos);
  parts.eosId = id(config.eos);
  if (config.addBos.value_or(false) && parts.bosId >= 0) parts.frame.before.push_back(parts.bosId);
  if (config.addEos.value_or(false) && parts.eosId >= 0) parts.frame.after.push_back(parts.eosId);
  parts.endIds = endIdsOf(config.endIds, parts.eosId, parts.added);
  return makePipelineTokenizer(std::move(parts));
}

}  // namespace attune
