#include <algorithm>

#include "core/base/error.h"
#include "core/base/gguf.h"
#include "core/base/text.h"
#include "core/token/pipeline_tokenizer.h"
#include "core/token/sentencepiece.h"
#include "core/token/sentencepiece_proto.h"
#include "core/token/vocab_text.h"
#include "core/token/vocabulary_files.h"

namespace attune {
namespace {

constexpr std::int64_t kControl = 3, kUserDefined = 4;

class Reader {
 public:
  explicit Reader(const std::string& path) : file_(path) {
    tokens_ = file_.strings("tokenizer.ggml.tokens");
    if (!tokens_ || tokens_->empty()) refuse("holds no tokenizer", ErrorKind::kNotFound);
    types_ = file_.integers("tokenizer.ggml.token_type");
    scores_ = file_.numbers("tokenizer.ggml.scores");
    if ((types_ && types_->size() != tokens_->size()) || (scores_ && scores_->size() != tokens_->size()))
      refuse("tokens, scores and token types differ in number");
  }

  std::shared_ptr<const Tokenizer> read() const {
    const std::string model = file_.stringOr("tokenizer.ggml.model", "");
    if (model == "llama") return sentencePiece(/*unigram=*/false);
    if (model == "t5") return sentencePiece(/*unigram=*/true);
    if (model == "gpt2") return byteBpe();
    if (model == "bert") return wordPiece();
    refuse("the tokenizer model '" + elide(model, 40) + "' is not supported", ErrorKind::kUnsupported);
  }

 private:
  [[noreturn]] void refuse(const std::string& what, ErrorKind kind = ErrorKind::kInvalidInput) const {
    throw Error(kind, file_.path() + ": " + what,
                "Get another version of the model, with a tokenizer of a known kind.")
        .inFile(file_.path());
  }

  std::int64_t count() const { return static_cast<std::int64_t>(tokens_->size()); }
  std::int64_t type(std::size_t i) const { return types_ ? (*types_)[i] : 1; }
  std::int64_t id(const char* name, std::int64_t fallback) const {
    const std::int64_t value = file_.intOr(std::string("tokenizer.ggml.") + name + "_token_id", fallback);
    if (value >= count()) refuse(std::string("the id of the ") + name + " token is not in the vocabulary");
    return value;
  }
  bool flag(const char* name, bool fallback) const {
    return file_.boolOr(std::string("tokenizer.ggml.") + name, fallback);
  }

  // Control tokens are special; what a user of the model defined is found in every text.
  std::vector<AddedToken> added(bool userDefinedToo) const {
    std::vector<AddedToken> list;
    for (std::size_t i = 0; i < tokens_->size(); ++i) {
      if (type(i) != kControl && !(userDefinedToo && type(i) == kUserDefined)) continue;
      AddedToken token;
      token.id = static_cast<std::int64_t>(i);
      token.content = (*tokens_)[i];
      token.special = type(i) == kControl;
      list.push_back(std::move(token));
    }
    return list;
  }

  std::vector<std::int64_t> listedEnds() const {
    std::vector<std::int64_t> ends;
    for (const char* name : {"eot", "eom"})
      if (const std::int64_t end = id(name, -1); end >= 0) ends.push_back(end);
    return ends;
  }

  std::shared_ptr<const Tokenizer> sentencePiece(bool unigram) const {
    if (!scores_) refuse("the vocabulary has no scores");
    SentencePieceSpec spec;
    spec.unigram = unigram;
    spec.addDummyPrefix = flag("add_space_prefix", true);
    spec.removeExtraBlanks = flag("remove_extra_whitespaces", unigram);
    const std::int64_t unknown = id("unknown", unigram ? 2 : 0);
    for (std::size_t i = 0; i < tokens_->size(); ++i) {
      std::int64_t kind = type(i);
      if (kind < 1 || kind > 6)
        refuse("token " + std::to_string(i) + " is of the unknown type " + std::to_string(kind));
      if (static_cast<std::int64_t>(i) == unknown) kind = 2;
      if (kind == 2 && static_cast<std::int64_t>(i) != unknown) kind = kControl;
      spec.pieces.push_back({(*tokens_)[i], static_cast<float>((*scores_)[i]), static_cast<PieceType>(kind)});
    }
    if (const auto* map = file_.integers("tokenizer.ggml.precompiled_charsmap"))
      for (const std::int64_t byte : *map) spec.charsmap += static_cast<char>(byte);
    SentencePieceOptions options;
    options.bosId = unigram ? -1 : id("bos", 1);
    options.eosId = id("eos", unigram ? 1 : 2);
    options.endIds = listedEnds();
    options.added = added(false);
    if (flag("add_bos_token", !unigram) && options.bosId >= 0) options.frame.before.push_back(options.bosId);
    if (flag("add_eos_token", unigram) && options.eosId >= 0) options.frame.after.push_back(options.eosId);
    return makeSentencePiece(sentencePieceProto(std::move(spec), file_.path()), file_.path(), options);
  }

  PreTokenizer preTokenizer(const std::string& name) const {
    const std::string& file = file_.path();
    if (name == "default" || name == "gpt-2" || name == "gpt2")
      return PreTokenizer({splitAtMatches(kGpt2Pattern, file), intoByteAlphabet(false)});
    if (name == "smollm")
      return PreTokenizer({splitDigits(true), splitAtMatches(kGpt2Pattern, file), intoByteAlphabet(false)});
    if (name == "llama-bpe" || name == "llama3" || name == "llama-v3")
      return PreTokenizer({splitAtMatches(kLlama3Pattern, file), intoByteAlphabet(false)});
    if (name == "qwen2") return PreTokenizer({splitAtMatches(kQwen2Pattern, file), intoByteAlphabet(false)});
    refuse("the pre-tokenizer '" + elide(name, 40) + "' is not supported", ErrorKind::kUnsupported);
  }

  std::shared_ptr<const Tokenizer> byteBpe() const {
    const std::string pre = file_.stringOr("tokenizer.ggml.pre", "default");
    Vocabulary words;
    for (std::size_t i = 0; i < tokens_->size(); ++i)
      words.add((*tokens_)[i], static_cast<std::int64_t>(i), file_.path());
    std::vector<std::pair<std::string, std::string>> merges;
    const auto* list = file_.strings("tokenizer.ggml.merges");
    if (!list) refuse("the vocabulary has no merges");
    for (const std::string& merge : *list) {
      const auto blank = merge.find(' ', 1);
      if (blank == std::string::npos) refuse("the merge '" + elide(merge, 40) + "' does not join two tokens");
      merges.emplace_back(merge.substr(0, blank), merge.substr(blank + 1));
    }
    TokenizerParts parts;
    parts.kind = "byte-bpe";
    for (AddedToken& token : added(true)) parts.added.add(std::move(token));
    if (pre == "qwen2") parts.normalizer = parseNormalizer(Json().set("type", "NFC"), file_.path());
    parts.preTokenizer = preTokenizer(pre);
    BpeOptions options;
    options.ignoreMerges = pre == "llama-bpe" || pre == "llama3" || pre == "llama-v3";
    parts.model = makeBpe(std::move(words), merges, options, file_.path());
    parts.decoder = TokenDecoder({byteLevelDecoder()});
    parts.bosId = id("bos", -1);
    parts.eosId = id("eos", -1);
    parts.endIds = endIdsOf(listedEnds(), parts.eosId, parts.added);
    if (flag("add_bos_token", options.ignoreMerges) && parts.bosId >= 0)
      parts.frame.before.push_back(parts.bosId);
    if (flag("add_eos_token", false) && parts.eosId >= 0) parts.frame.after.push_back(parts.eosId);
    return makePipelineTokenizer(std::move(parts));
  }

  // The vocabulary is re-spelled: words begin with U+2581, what continues one does not.
  std::shared_ptr<const Tokenizer> wordPiece() const {
    const std::string mark = "\xE2\x96\x81";
    Vocabulary words;
    for (std::size_t i = 0; i < tokens_->size(); ++i) {
      const std::string& token = (*tokens_)[i];
      const bool bracketed = token.starts_with('[') && token.ends_with(']');
      words.add(token.starts_with(mark) ? token.substr(mark.size())
                : bracketed             ? token
                                        : "##" + token,
                static_cast<std::int64_t>(i), file_.path());
    }
    TokenizerConfig config;
    const auto name = [&](std::int64_t number) {
      const std::string* token = words.token(number);
      return token ? *token : std::string();
    };
    config.cls = name(id("cls", id("bos", 101)));
    config.sep = name(id("seperator", id("separator", id("eos", 102))));
    config.unknown = name(id("unknown", 100));
    config.pad = name(id("padding", 0));
    config.mask = name(id("mask", 103));
    return makeBertTokenizer(std::move(words), config, file_.path());
  }

  GgufFile file_;
  const GgufValue::Strings* tokens_ = nullptr;
  const GgufValue::Integers* types_ = nullptr;
  const GgufValue::Numbers* scores_ = nullptr;
};

}  // namespace

std::shared_ptr<const Tokenizer> openGgufVocabulary(const std::string& file) { return Reader(file).read(); }

}  // namespace attune
