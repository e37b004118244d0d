#include "core/token/sentencepiece.h"

#include <dlfcn.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/token/pipeline_tokenizer.h"
#include "core/token/sentencepiece_module.h"
#include "core/token/sentencepiece_proto.h"
#include "core/token/unicode.h"

namespace attune {
namespace {

constexpr std::int64_t kMaxModelBytes = 64 << 20;

// Address sanitizer cannot follow a library that binds to its own symbols first, and does not look along the
// run path of the program (set LD_LIBRARY_PATH to its folder). Programs that are built with it and load
// libtorch as well must do without SentencePiece.
#ifdef __SANITIZE_ADDRESS__
constexpr int kOwnScope = 0;
#else
constexpr int kOwnScope = RTLD_DEEPBIND;
#endif

// Loaded once, kept for the life of the process. Found through the run path of the program.
const AttuneSentencePieceApi& api() {
  static const AttuneSentencePieceApi* const loaded = [] {
    void* module = ::dlopen("attune_sentencepiece.so", RTLD_NOW | RTLD_LOCAL | kOwnScope);
    void* symbol = module ? ::dlsym(module, "attuneSentencePiece") : nullptr;
    if (!symbol) {
      const std::string why = ::dlerror();
      const bool memory = why.find("map") != std::string::npos || why.find("alloc") != std::string::npos;
      throw Error(memory ? ErrorKind::kIo : ErrorKind::kInternal,
                  "the tokenizer module cannot be loaded: " + why,
                  memory ? "There is not enough memory: use fewer workers or a smaller base model."
                         : "Install Attune completely; attune_sentencepiece.so belongs to it.");
    }
    return reinterpret_cast<const AttuneSentencePieceApi* (*)()>(symbol)();
  }();
  return *loaded;
}

struct Answer {
  std::string text;
  std::vector<std::int64_t> ids;

  static void takeText(void* self, const char* data, std::size_t size) {
    static_cast<Answer*>(self)->text.assign(data, size);
  }
  static void takeIds(void* self, const int* ids, std::size_t count) {
    static_cast<Answer*>(self)->ids.assign(ids, ids + count);
  }
};

// One loaded model of the library.
class Processor {
 public:
  Processor(const std::string& proto, const std::string& file) {
    Answer answer;
    if (!proto.empty()) processor_ = api().open(proto.data(), proto.size(), &answer, Answer::takeText);
    if (processor_) return;
    throw Error(ErrorKind::kInvalidInput,
                file + (proto.empty() ? ": the tokenizer file is empty"
                                      : ": the tokenizer file is damaged (" + answer.text + ")"),
                "Download the model again; the file may be incomplete.")
        .inFile(file);
  }
  ~Processor() {
    if (processor_) api().close(processor_);
  }
  Processor(const Processor&) = delete;
  Processor& operator=(const Processor&) = delete;

  std::int64_t size() const { return api().size(processor_); }
  std::int64_t bosId() const { return api().bosId(processor_); }
  std::int64_t eosId() const { return api().eosId(processor_); }
  bool isControl(std::int64_t id) const { return api().isControl(processor_, static_cast<int>(id)) != 0; }
  bool isUnknown(std::int64_t id) const { return api().isUnknown(processor_, static_cast<int>(id)) != 0; }
  bool isByte(std::int64_t id) const { return api().isByte(processor_, static_cast<int>(id)) != 0; }

  std::vector<std::int64_t> encode(std::string_view text) const {
    Answer answer;
    if (!api().encode(processor_, text.data(), text.size(), &answer, Answer::takeIds, Answer::takeText))
      throw Error(ErrorKind::kInternal, "SentencePiece: " + answer.text);
    return std::move(answer.ids);
  }

  std::string decode(const std::vector<std::int64_t>& ids) const {
    const std::vector<int> narrow(ids.begin(), ids.end());
    Answer answer;
    if (!api().decode(processor_, narrow.data(), narrow.size(), &answer, Answer::takeText))
      throw Error(ErrorKind::kInternal, "SentencePiece: " + answer.text);
    return std::move(answer.text);
  }

  std::string piece(std::int64_t id) const {
    Answer answer;
    api().piece(processor_, static_cast<int>(id), &answer, Answer::takeText);
    return std::move(answer.text);
  }

 private:
  void* processor_ = nullptr;
};

constexpr std::string_view kBlank = "\xE2\x96\x81";  // U+2581

class SentencePieceTokenizer final : public Tokenizer {
 public:
  SentencePieceTokenizer(const std::string& proto, const std::string& file,
                         const SentencePieceOptions& options)
      : options_(options), main_(proto, file), size_(main_.size() + options.extraIds) {
    for (const AddedToken& token : options.added) {
      added_.add(token);
      size_ = std::max(size_, token.id + 1);
    }
    // Texts behind an added token begin without the blank that the model puts in front.
    if (!added_.all().empty()) inner_ = std::make_unique<Processor>(withoutDummyPrefix(proto), file);
    options_.endIds = endIdsOf(options.endIds, options.eosId, added_);
  }

  std::string kind() const override { return "sentencepiece"; }
  std::int64_t size() const override { return size_; }
  std::int64_t bosId() const override { return options_.bosId; }
  std::int64_t eosId() const override { return options_.eosId; }
  std::vector<std::int64_t> endIds() const override { return options_.endIds; }
  const InputFrame& frame() const override { return options_.frame; }

  std::vector<std::int64_t> encode(std::string_view text, SpecialTokens special) const override {
    const std::vector<Segment> segments = added_.split({{std::string(text), -1, true}}, special, false);
    // Without added tokens in it a text is the library's alone.
    if (added_.all().empty() || special == SpecialTokens::kPlainText)
      if (segments.size() <= 1 && (segments.empty() || segments.front().id < 0)) return main_.encode(text);
    std::vector<std::int64_t> ids;
    for (const Segment& segment : segments) {
      if (segment.id >= 0) {
        ids.push_back(segment.id);
        continue;
      }
      const bool hasBlank =
          !options_.stripsBlanks && (segment.text.starts_with(' ') || segment.text.starts_with(kBlank));
      const bool blank = !hasBlank && (options_.legacy || segment.atStart);
      const auto part = (blank ? main_ : *inner_).encode(segment.text);
      ids.insert(ids.end(), part.begin(), part.end());
    }
    return ids;
  }

  std::string decode(const std::vector<std::int64_t>& ids, bool skipSpecial) const override {
    bool plain = true;
    for (const std::int64_t id : ids) {
      check(id);
      plain = plain && id < main_.size() && !added_.find(id) && !main_.isControl(id);
    }
    if (plain) return main_.decode(ids);
    std::string text, bytes;
    bool first = true;
    for (const std::int64_t id : ids) {
      const AddedToken* token = added_.find(id);
      const bool isPiece = id < main_.size() && !token;
      if (isPiece && main_.isByte(id)) {
        bytes += static_cast<char>(std::stoi(main_.piece(id).substr(3, 2), nullptr, 16));
        first = false;
        continue;
      }
      text += validUtf8(bytes);
      bytes.clear();
      if (isPiece && !main_.isControl(id)) {
        std::string piece = main_.isUnknown(id) ? " \xE2\x81\x87 " : replaceAll(main_.piece(id), kBlank, " ");
        if (first && piece.starts_with(' ')) piece.erase(0, 1);
        text += piece;
      } else if (!(skipSpecial && (!token || token->special))) {
        text += piece(id);
      }
      first = false;
    }
    return text + validUtf8(bytes);
  }

  std::string piece(std::int64_t id) const override {
    check(id);
    if (const AddedToken* token = added_.find(id)) return token->content;
    if (id < main_.size()) return main_.piece(id);
    const std::int64_t sentinel = main_.size() + options_.extraIds - 1 - id;
    return sentinel >= 0 ? "<extra_id_" + std::to_string(sentinel) + ">" : std::string();
  }

 private:
  void check(std::int64_t id) const {
    if (id < 0 || id >= size_)
      throw Error(ErrorKind::kUsage, "id " + std::to_string(id) + " is not in the vocabulary",
                  "Ids of this tokenizer go from 0 to " + std::to_string(size_ - 1) + ".");
  }

  SentencePieceOptions options_;
  Processor main_;
  std::unique_ptr<Processor> inner_;
  AddedTokens added_;
  std::int64_t size_;
};

}  // namespace

std::shared_ptr<const Tokenizer> makeSentencePiece(const std::string& proto, const std::string& file,
                                                   const SentencePieceOptions& options) {
  return std::make_shared<SentencePieceTokenizer>(proto, file, options);
}

std::shared_ptr<const Tokenizer> openSentencePiece(const std::string& file, bool addsBos, bool addsEos) {
  const std::string proto = readFile(file, kMaxModelBytes);
  const SentencePieceIds ids = sentencePieceIds(proto, file);
  SentencePieceOptions options;
  options.bosId = ids.bos;
  options.eosId = ids.eos;
  if (addsBos && ids.bos >= 0) options.frame.before.push_back(ids.bos);
  if (addsEos && ids.eos >= 0) options.frame.after.push_back(ids.eos);
  return makeSentencePiece(proto, file, options);
}

SentencePieceIds sentencePieceIds(const std::string& proto, const std::string& file) {
  const Processor processor(proto, file);
  return {processor.bosId(), processor.eosId(), processor.size()};
}

}  // namespace attune
