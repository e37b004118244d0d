#include <algorithm>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/token/pipeline_tokenizer.h"
#include "core/token/sentencepiece.h"
#include "core/token/sentencepiece_proto.h"
#include "core/token/vocabulary_files.h"

namespace attune {
namespace {

constexpr std::size_t kMaxTokens = 4'000'000;

class Reader {
 public:
  Reader(Json json, const std::string& file, const TokenizerConfig& config)
      : file_(file), json_(std::move(json)), config_(config) {
    if (!json_.isObject()) refuse("is no JSON object");
    const Json* model = json_.find("model");
    if (!model || !model->isObject()) refuse("has no model");
  }

  std::shared_ptr<const Tokenizer> read() const {
    const std::string type = modelType();
    if (type == "Unigram") return unigram();
    TokenizerParts parts;
    parts.added = added();
    parts.normalizer = parseNormalizer(part("normalizer"), file_);
    parts.preTokenizer = parsePreTokenizer(part("pre_tokenizer"), file_);
    parts.decoder = parseDecoder(part("decoder"), file_);
    if (type == "BPE") {
      parts.model = bpe();
      parts.kind = hasByteLevel() ? "byte-bpe" : "bpe";
    } else if (type == "WordPiece") {
      parts.model = wordPiece();
      parts.kind = "wordpiece";
    } else {
      throw Error(ErrorKind::kUnsupported, file_ + ": the model '" + elide(type, 40) + "' is not supported",
                  "Supported: BPE, WordPiece, Unigram.")
          .inFile(file_);
    }
    const Vocabulary& words = parts.model->vocabulary();
    const auto id = [&](const std::string& content) {
      const AddedToken* token = parts.added.find(content);
      return token ? token->id : content.empty() ? -1 : words.find(content);
    };
    parts.bosId = id(config_.bos);
    parts.eosId = id(config_.eos);
    parts.frame = frame(id);
    parts.endIds = endIdsOf(config_.endIds, parts.eosId, parts.added);
    return makePipelineTokenizer(std::move(parts));
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(ErrorKind::kInvalidInput, file_ + ": " + what, "Get the file again from the model's source.")
        .inFile(file_);
  }

  const Json& model() const { return json_.at("model"); }
  Json part(const char* name) const {
    const Json* found = json_.find(name);
    return found ? *found : Json();
  }

  // Old files leave the type out.
  std::string modelType() const {
    const std::string type = model().stringOr("type", "");
    if (!type.empty()) return type;
    if (model().has("merges")) return "BPE";
    return model().has("unk_id") ? "Unigram" : "WordPiece";
  }

  bool hasByteLevel() const {
    return part("pre_tokenizer").dump().find("\"ByteLevel\"") != std::string::npos ||
           part("decoder").dump().find("\"ByteLevel\"") != std::string::npos;
  }

  AddedTokens added() const {
    AddedTokens tokens;
    const Json* list = json_.find("added_tokens");
    if (!list || list->isNull()) return tokens;
    for (const Json& t : list->items()) {
      const std::int64_t id = t.at("id").asInt();
      if (id < 0 || id >= (1 << 24)) refuse("an added token has the impossible id " + std::to_string(id));
      tokens.add(addedToken(id, t));
    }
    return tokens;
  }

  Vocabulary vocabulary() const {
    const Json& list = model().at("vocab");
    if (!list.isObject()) refuse("the vocabulary is no object");
    if (list.members().size() > kMaxTokens) refuse("the vocabulary has more than 4,000,000 tokens");
    Vocabulary words;
    for (const auto& [token, id] : list.members()) words.add(token, id.asInt(), file_);
    return words;
  }

  std::unique_ptr<const TokenModel> bpe() const {
    for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"})
      if (!model().stringOr(key, "").empty())
        throw Error(ErrorKind::kUnsupported, file_ + ": " + key + " is not supported",
                    "Use a model whose tokenizer is of a known kind.")
            .inFile(file_);
    std::vector<std::pair<std::string, std::string>> merges;
    for (const Json& merge : model().at("merges").items()) {
      if (merge.isArray()) {
        if (merge.items().size() != 2) refuse("a merge does not join two tokens");
        merges.emplace_back(merge.items()[0].asString(), merge.items()[1].asString());
      } else {
        const std::string& text = merge.asString();
        const auto blank = text.find(' ', 1);
        if (blank == std::string::npos)
          refuse("the merge '" + elide(text, 40) + "' does not join two tokens");
        merges.emplace_back(text.substr(0, blank), text.substr(blank + 1));
      }
    }
    BpeOptions options;
    options.unknown = model().stringOr("unk_token", "");
    options.fuseUnknown = model().boolOr("fuse_unk", false);
    options.byteFallback = model().boolOr("byte_fallback", false);
    options.ignoreMerges = model().boolOr("ignore_merges", false);
    return makeBpe(vocabulary(), merges, options, file_);
  }

  std::unique_ptr<const TokenModel> wordPiece() const {
    WordPieceOptions options;
    options.unknown = model().stringOr("unk_token", "[UNK]");
    options.prefix = model().stringOr("continuing_subword_prefix", "##");
    options.maxCharacters = model().intOr("max_input_chars_per_word", 100);
    return makeWordPiece(vocabulary(), options, file_);
  }

  std::shared_ptr<const Tokenizer> unigram() const {
    SentencePieceSpec spec;
    spec.unigram = true;
    spec.byteFallback = model().boolOr("byte_fallback", false);
    const std::int64_t unknown = model().intOr("unk_id", 0);
    const AddedTokens extra = added();
    for (const Json& item : model().at("vocab").items()) {
      if (!item.isArray() || item.items().size() != 2) refuse("a piece is not [text, score]");
      const auto id = static_cast<std::int64_t>(spec.pieces.size());
      const std::string& text = item.items()[0].asString();
      const AddedToken* token = extra.find(id);
      const PieceType type = id == unknown                            ? PieceType::kUnknown
                             : token && token->special                ? PieceType::kControl
                             : spec.byteFallback && isBytePiece(text) ? PieceType::kByte
                                                                      : PieceType::kNormal;
      spec.pieces.push_back({text, static_cast<float>(item.items()[1].asDouble()), type});
    }
    findCharsmap(part("normalizer"), spec);
    SentencePieceOptions options;
    const auto id = [&](const std::string& content) {
      for (std::size_t i = 0; i < spec.pieces.size(); ++i)
        if (!content.empty() && spec.pieces[i].text == content) return static_cast<std::int64_t>(i);
      const AddedToken* token = extra.find(content);
      return token ? token->id : -1;
    };
    options.frame = frame(id);
    options.bosId = id(config_.bos);
    options.eosId = id(config_.eos);
    options.endIds = config_.endIds;
    for (const AddedToken& token : extra.all()) options.added.push_back(token);
    return makeSentencePiece(sentencePieceProto(spec, file_), file_, options);
  }

  // SentencePiece's own normaliser is carried as one blob; with it come its rules for blanks.
  void findCharsmap(const Json& json, SentencePieceSpec& spec) const {
    if (json.isNull()) return;
    const std::string type = json.stringOr("type", "");
    if (type == "Sequence") {
      for (const Json& step : json.at("normalizers").items()) findCharsmap(step, spec);
    } else if (type == "Precompiled") {
      spec.charsmap = fromBase64(json.at("precompiled_charsmap").asString(), file_);
    } else if (type != "Replace" && type != "Strip" && type != "Prepend") {
      throw Error(ErrorKind::kUnsupported,
                  file_ + ": the normalizer '" + elide(type, 40) + "' of a Unigram model is not supported",
                  "Use a model folder with spiece.model or tokenizer.model.")
          .inFile(file_);
    }
  }

  // What the post-processor puts around one text.
  template <typename IdOf>
  InputFrame frame(const IdOf& idOf) const {
    InputFrame frame;
    readFrame(part("post_processor"), idOf, frame);
    return frame;
  }

  template <typename IdOf>
  void readFrame(const Json& json, const IdOf& idOf, InputFrame& frame) const {
    if (json.isNull()) return;
    const std::string type = json.stringOr("type", "");
    if (type == "Sequence") {
      for (const Json& step : json.at("processors").items()) readFrame(step, idOf, frame);
    } else if (type == "TemplateProcessing") {
      bool behind = false;
      for (const Json& item : json.at("single").items()) {
        if (item.has("Sequence")) {
          behind = true;
          continue;
        }
        const std::string name = item.at("SpecialToken").at("id").asString();
        for (const Json& id : json.at("special_tokens").at(name).at("ids").items())
          (behind ? frame.after : frame.before).push_back(id.asInt());
      }
    } else if (type == "BertProcessing" || type == "RobertaProcessing") {
      frame.before.push_back(json.at("cls").items().at(1).asInt());
      frame.after.push_back(json.at("sep").items().at(1).asInt());
    } else if (type != "ByteLevel") {
      throw Error(ErrorKind::kUnsupported,
                  file_ + ": the post-processor '" + elide(type, 40) + "' is not supported",
                  "Use a model whose tokenizer is of a known kind.")
          .inFile(file_);
    }
  }

  std::string file_;
  Json json_;
  const TokenizerConfig& config_;
};

}  // namespace

std::shared_ptr<const Tokenizer> openTokenizerJson(Json json, const std::string& file,
                                                   const TokenizerConfig& config) {
  try {
    return Reader(std::move(json), file, config).read();
  } catch (const Error& e) {
    if (!e.file().empty()) throw;
    throw Error(e.kind(), file + ": " + e.what(),
                e.hint().empty() ? "Get the file again from the model's source." : e.hint())
        .inFile(file);
  } catch (const std::out_of_range&) {
    throw Error(ErrorKind::kInvalidInput, file + ": a list is shorter than it must be",
                "Get the file again from the model's source.")
        .inFile(file);
  }
}

}  // namespace attune
