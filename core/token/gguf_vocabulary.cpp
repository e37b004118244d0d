#include <algorithm>

#include "core/base/error.h"
#include "core/base/gguf.h"
#include "core/base/text.h"
#include "core/token/pre_tokenizer.h"
#include "core/token/sentencepiece_proto.h"
#include "core/token/vocabulary_files.h"

namespace attune {
namespace {

constexpr std::int64_t kNormal = 1, kControl = 3, kUserDefined = 4, kUnused = 5;

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

  TokenizerFile read() const {
    const std::string model = file_.stringOr("tokenizer.ggml.model", "");
    TokenizerFile file;
    if (model == "llama") {
      file = sentencePiece();
    } else if (model == "t5") {
      file = unigram();
    } else if (model == "gpt2") {
      file = byteBpe();
    } else if (model == "bert") {
      file = wordPiece();
    } else {
      refuse("the tokenizer model '" + elide(model, 40) + "' is not supported", ErrorKind::kUnsupported);
    }
    file.config.chatTemplate = file_.stringOr("tokenizer.chat_template", "");
    return file;
  }

 private:
  [[noreturn]] void refuse(const std::string& what, ErrorKind kind = ErrorKind::kInvalidInput) const {
    throw Error(kind, file_.path() + ": " + what,
                "Get another version of the model, with a tokenizer of a known kind.")
        .inFile(file_.path());
  }

  std::int64_t count() const { return static_cast<std::int64_t>(tokens_->size()); }
  std::int64_t type(std::int64_t i) const {
    return types_ ? (*types_)[static_cast<std::size_t>(i)] : kNormal;
  }
  const std::string& token(std::int64_t i) const { return (*tokens_)[static_cast<std::size_t>(i)]; }
  std::int64_t id(const char* name, std::int64_t fallback) const {
    const std::int64_t value = file_.intOr(std::string("tokenizer.ggml.") + name + "_token_id", fallback);
    if (value >= count()) refuse(std::string("the id of the ") + name + " token is not in the vocabulary");
    return value;
  }
  std::string content(std::int64_t id) const { return id < 0 ? std::string() : token(id); }
  bool flag(const char* name, bool fallback) const {
    return file_.boolOr(std::string("tokenizer.ggml.") + name, fallback);
  }

  // Control tokens are special; what a user of the model defined is found in every text.
  std::vector<AddedToken> added(bool userDefinedToo) const {
    std::vector<AddedToken> list;
    for (std::int64_t i = 0; i < count(); ++i) {
      if (type(i) != kControl && !(userDefinedToo && type(i) == kUserDefined)) continue;
      AddedToken found;
      found.id = i;
      found.content = token(i);
      found.special = type(i) == kControl;
      list.push_back(std::move(found));
    }
    return list;
  }

  std::vector<std::int64_t> ends(std::int64_t eos) const {
    std::vector<std::int64_t> ends;
    for (const std::int64_t end : {eos, id("eot", -1), id("eom", -1)})
      if (end >= 0 && std::find(ends.begin(), ends.end(), end) == ends.end()) ends.push_back(end);
    return ends;
  }

  SentencePieceSpec pieces(std::int64_t unknown, std::int64_t end) const {
    if (!scores_) refuse("the vocabulary has no scores");
    SentencePieceSpec spec;
    spec.addDummyPrefix = flag("add_space_prefix", true);
    for (std::int64_t i = 0; i < end; ++i) {
      std::int64_t kind = type(i);
      if (kind < 1 || kind > 6)
        refuse("token " + std::to_string(i) + " is of the unknown type " + std::to_string(kind));
      if (i == unknown) kind = 2;
      if (kind == 2 && i != unknown) kind = kControl;
      spec.pieces.push_back({token(i), static_cast<float>((*scores_)[static_cast<std::size_t>(i)]),
                             static_cast<PieceType>(kind)});
    }
    if (const auto* map = file_.integers("tokenizer.ggml.precompiled_charsmap"))
      for (const std::int64_t byte : *map) spec.charsmap += static_cast<char>(byte);
    return spec;
  }

  TokenizerFile sentencePiece() const {
    SentencePieceSpec spec = pieces(id("unknown", 0), count());
    spec.removeExtraBlanks = flag("remove_extra_whitespaces", false);
    spec.bos = id("bos", 1);
    spec.eos = id("eos", 2);
    spec.pad = id("padding", -1);
    TokenizerConfig config;
    config.className = "LlamaTokenizer";
    config.bos = content(spec.bos);
    config.eos = content(spec.eos);
    config.pad = content(spec.pad);
    config.unknown = content(id("unknown", 0));
    config.addBos = flag("add_bos_token", true);
    config.addEos = flag("add_eos_token", false);
    config.added = added(false);
    config.endIds = ends(spec.eos);
    return {"tokenizer.model", {}, sentencePieceProto(std::move(spec), file_.path()), std::move(config)};
  }

  // T5's sentinels and what fills the table up to a round number lie above the pieces of its model file.
  TokenizerFile unigram() const {
    const std::int64_t unknown = id("unknown", 2), eos = id("eos", 1), pad = id("padding", 0);
    std::int64_t end = count();
    while (end > 1 + std::max({unknown, eos, pad}) &&
           (type(end - 1) == kControl || type(end - 1) == kUserDefined || type(end - 1) == kUnused))
      --end;
    SentencePieceSpec spec = pieces(unknown, end);
    spec.unigram = true;
    spec.removeExtraBlanks = flag("remove_extra_whitespaces", true);
    spec.eos = eos;
    spec.pad = pad;
    TokenizerConfig config;
    config.className = "T5Tokenizer";
    config.eos = content(eos);
    config.pad = content(pad);
    config.unknown = content(unknown);
    config.addEos = flag("add_eos_token", true);
    config.extraIds = count() - end;
    for (AddedToken& token : added(false))
      if (token.id < end) config.added.push_back(std::move(token));
    config.endIds = ends(eos);
    return {"spiece.model", {}, sentencePieceProto(std::move(spec), file_.path()), std::move(config)};
  }

  static Json byteLevel(bool addPrefixSpace, bool trimOffsets, bool useRegex) {
    return Json()
        .set("type", "ByteLevel")
        .set("add_prefix_space", addPrefixSpace)
        .set("trim_offsets", trimOffsets)
        .set("use_regex", useRegex);
  }

  Json preTokenizer(const std::string& name) const {
    const auto cutting = [](bool cuts) { return byteLevel(false, true, cuts); };
    const auto sequence = [](Json first, Json second) {
      return Json()
          .set("type", "Sequence")
          .set("pretokenizers", Json().push(std::move(first)).push(std::move(second)));
    };
    const auto split = [&](const char* pattern) {
      return sequence(Json()
                          .set("type", "Split")
                          .set("pattern", Json().set("Regex", pattern))
                          .set("behavior", "Isolated")
                          .set("invert", false),
                      cutting(false));
    };
    if (name == "default" || name == "gpt-2" || name == "gpt2") return cutting(true);
    if (name == "smollm")
      return sequence(Json().set("type", "Digits").set("individual_digits", true), cutting(true));
    if (isLlama3(name)) return split(kLlama3Pattern);
    if (name == "qwen2") return split(kQwen2Pattern);
    refuse("the pre-tokenizer '" + elide(name, 40) + "' is not supported", ErrorKind::kUnsupported);
  }
  static bool isLlama3(const std::string& name) {
    return name == "llama-bpe" || name == "llama3" || name == "llama-v3";
  }

  Json mergesOf() const {
    const auto* list = file_.strings("tokenizer.ggml.merges");
    if (!list) refuse("the vocabulary has no merges");
    Json::Array merges;
    for (const std::string& merge : *list) {
      const auto blank = merge.find(' ', 1);
      if (blank == std::string::npos) refuse("the merge '" + elide(merge, 40) + "' does not join two tokens");
      merges.push_back(Json().push(merge.substr(0, blank)).push(merge.substr(blank + 1)));
    }
    return Json::fromArray(std::move(merges));
  }

  // bos and eos around every text, where the model asks for them.
  Json postProcessor(std::int64_t bos, std::int64_t eos) const {
    if (bos < 0 && eos < 0) return byteLevel(true, false, true);
    Json single = Json::array(), pair = Json::array(), tokens = Json::object();
    const auto special = [&](Json& list, std::int64_t id, int kind) {
      if (id < 0) return;
      list.push(Json().set("SpecialToken", Json().set("id", token(id)).set("type_id", kind)));
      tokens.set(
          token(id),
          Json().set("id", token(id)).set("ids", Json().push(id)).set("tokens", Json().push(token(id))));
    };
    const auto text = [](Json& list, const char* name, int kind) {
      list.push(Json().set("Sequence", Json().set("id", name).set("type_id", kind)));
    };
    special(single, bos, 0);
    text(single, "A", 0);
    special(single, eos, 0);
    special(pair, bos, 0);
    text(pair, "A", 0);
    special(pair, eos, 0);
    special(pair, bos, 1);
    text(pair, "B", 1);
    special(pair, eos, 1);
    return Json()
        .set("type", "TemplateProcessing")
        .set("single", std::move(single))
        .set("pair", std::move(pair))
        .set("special_tokens", std::move(tokens));
  }

  TokenizerFile byteBpe() const {
    const std::string pre = file_.stringOr("tokenizer.ggml.pre", "default");
    Json cuts = preTokenizer(pre);
    Json::Object words;
    words.reserve(tokens_->size());
    for (std::int64_t i = 0; i < count(); ++i) words.emplace_back(token(i), Json(i));
    Json::Array marked;
    for (const AddedToken& found : added(true)) marked.push_back(addedTokenJson(found).set("id", found.id));
    TokenizerConfig config;
    config.className = "PreTrainedTokenizerFast";
    const std::int64_t bos = id("bos", -1), eos = id("eos", -1);
    config.bos = content(bos);
    config.eos = content(eos);
    config.pad = content(id("padding", -1));
    config.unknown = content(id("unknown", -1));
    config.addBos = flag("add_bos_token", isLlama3(pre));
    config.addEos = flag("add_eos_token", false);
    config.endIds = ends(eos);
    Json json =
        Json()
            .set("version", "1.0")
            .set("truncation", nullptr)
            .set("padding", nullptr)
            .set("added_tokens", Json::fromArray(std::move(marked)))
            .set("normalizer", pre == "qwen2" ? Json().set("type", "NFC") : Json())
            .set("pre_tokenizer", std::move(cuts))
            .set("post_processor", postProcessor(*config.addBos ? bos : -1, *config.addEos ? eos : -1))
            .set("decoder", byteLevel(true, true, true))
            .set("model", Json()
                              .set("type", "BPE")
                              .set("dropout", nullptr)
                              .set("unk_token", nullptr)
                              .set("continuing_subword_prefix", nullptr)
                              .set("end_of_word_suffix", nullptr)
                              .set("fuse_unk", false)
                              .set("byte_fallback", false)
                              .set("ignore_merges", isLlama3(pre))
                              .set("vocab", Json::fromObject(std::move(words)))
                              .set("merges", mergesOf()));
    return {"tokenizer.json", std::move(json), {}, std::move(config)};
  }

  // The vocabulary is re-spelled: words begin with U+2581, what continues one does not.
  TokenizerFile wordPiece() const {
    const std::string mark = "\xE2\x96\x81";
    const auto spelled = [&](std::int64_t i) {
      const std::string& word = token(i);
      if (word.starts_with(mark)) return word.substr(mark.size());
      return word.starts_with('[') && word.ends_with(']') ? word : "##" + word;
    };
    TokenizerFile file;
    file.name = "vocab.txt";
    for (std::int64_t i = 0; i < count(); ++i) file.content += spelled(i) + "\n";
    TokenizerConfig& config = file.config;
    const auto name = [&](std::int64_t number) { return number < 0 ? std::string() : spelled(number); };
    config.className = "BertTokenizer";
    config.cls = name(id("cls", id("bos", 101)));
    config.sep = name(id("seperator", id("separator", id("eos", 102))));
    config.unknown = name(id("unknown", 100));
    config.pad = name(id("padding", 0));
    config.mask = name(id("mask", 103));
    return file;
  }

  GgufFile file_;
  const GgufValue::Strings* tokens_ = nullptr;
  const GgufValue::Integers* types_ = nullptr;
  const GgufValue::Numbers* scores_ = nullptr;
};

}  // namespace

TokenizerFile readGgufVocabulary(const std::string& file) { return Reader(file).read(); }

}  // namespace attune
