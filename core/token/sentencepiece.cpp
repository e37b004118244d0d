#include "core/token/sentencepiece.h"

#include <dlfcn.h>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/token/sentencepiece_module.h"

namespace attune {
namespace {

constexpr std::int64_t kMaxModelBytes = 64 << 20;

// Loaded once, kept for the life of the process. Found through the run path of the program.
const AttuneSentencePieceApi& api() {
  static const AttuneSentencePieceApi* const loaded = [] {
    void* module = ::dlopen("attune_sentencepiece.so", RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    void* symbol = module ? ::dlsym(module, "attuneSentencePiece") : nullptr;
    if (!symbol)
      throw Error(ErrorKind::kInternal, std::string("the tokenizer module cannot be loaded: ") + ::dlerror(),
                  "Install Attune completely; attune_sentencepiece.so belongs to it.");
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

class SentencePieceTokenizer final : public Tokenizer {
 public:
  SentencePieceTokenizer(const std::string& file, bool addsBos, bool addsEos) {
    const std::string proto = readFile(file, kMaxModelBytes);
    Answer answer;
    if (!proto.empty()) processor_ = api().open(proto.data(), proto.size(), &answer, Answer::takeText);
    if (processor_) {
      if (addsBos && bosId() >= 0) frame_.before.push_back(bosId());
      if (addsEos && eosId() >= 0) frame_.after.push_back(eosId());
      return;
    }
    throw Error(ErrorKind::kInvalidInput,
                file + (proto.empty() ? ": the tokenizer file is empty"
                                      : ": the tokenizer file is damaged (" + answer.text + ")"),
                "Download the model again; the file may be incomplete.")
        .inFile(file);
  }
  ~SentencePieceTokenizer() override {
    if (processor_) api().close(processor_);
  }
  SentencePieceTokenizer(const SentencePieceTokenizer&) = delete;
  SentencePieceTokenizer& operator=(const SentencePieceTokenizer&) = delete;

  std::string kind() const override { return "sentencepiece"; }
  std::int64_t size() const override { return api().size(processor_); }
  std::int64_t bosId() const override { return api().bosId(processor_); }
  std::int64_t eosId() const override { return api().eosId(processor_); }
  const InputFrame& frame() const override { return frame_; }

  std::vector<std::int64_t> encode(std::string_view text, SpecialTokens) const override {
    Answer answer;
    if (!api().encode(processor_, text.data(), text.size(), &answer, Answer::takeIds, Answer::takeText))
      throw Error(ErrorKind::kInternal, "SentencePiece: " + answer.text);
    return std::move(answer.ids);
  }

  std::string decode(const std::vector<std::int64_t>& ids, bool) const override {
    std::vector<int> narrow;
    for (const std::int64_t id : ids) narrow.push_back(checked(id));
    Answer answer;
    if (!api().decode(processor_, narrow.data(), narrow.size(), &answer, Answer::takeText))
      throw Error(ErrorKind::kInternal, "SentencePiece: " + answer.text);
    return std::move(answer.text);
  }

  std::string piece(std::int64_t id) const override {
    Answer answer;
    api().piece(processor_, checked(id), &answer, Answer::takeText);
    return std::move(answer.text);
  }

 private:
  int checked(std::int64_t id) const {
    if (id < 0 || id >= size())
      throw Error(ErrorKind::kUsage, "id " + std::to_string(id) + " is not in the vocabulary",
                  "Ids of this tokenizer go from 0 to " + std::to_string(size() - 1) + ".");
    return static_cast<int>(id);
  }

  void* processor_ = nullptr;
  InputFrame frame_;
};

}  // namespace

std::shared_ptr<const Tokenizer> openSentencePiece(const std::string& file, bool addsBos, bool addsEos) {
  return std::make_shared<SentencePieceTokenizer>(file, addsBos, addsEos);
}

}  // namespace attune
