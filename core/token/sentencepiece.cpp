#include "core/token/sentencepiece.h"

#include <sentencepiece_processor.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/base/file.h"

namespace attune {
namespace {

constexpr std::int64_t kMaxModelBytes = 64 << 20;

class SentencePieceTokenizer final : public Tokenizer {
 public:
  SentencePieceTokenizer(const std::string& file, bool addsBos) : addsBos_(addsBos) {
    const std::string proto = readFile(file, kMaxModelBytes);
    const auto damaged = [&](const std::string& why) {
      return Error(ErrorKind::kInvalidInput, file + ": " + why, "Download the model again; the file may be incomplete.")
          .inFile(file);
    };
    if (proto.empty()) throw damaged("the tokenizer file is empty");
    const auto status = processor_.LoadFromSerializedProto(proto);
    if (!status.ok()) throw damaged("the tokenizer file is damaged (" + status.ToString() + ")");
    if (processor_.GetPieceSize() <= 0) throw damaged("the tokenizer file has no pieces");
  }

  std::string kind() const override { return "sentencepiece"; }
  std::int64_t size() const override { return processor_.GetPieceSize(); }
  std::int64_t bosId() const override { return processor_.bos_id(); }
  std::int64_t eosId() const override { return processor_.eos_id(); }
  bool addsBos() const override { return addsBos_; }

  std::vector<std::int64_t> encode(std::string_view text) const override {
    std::vector<int> ids;
    const auto status = processor_.Encode({text.data(), text.size()}, &ids);
    if (!status.ok()) throw Error(ErrorKind::kInternal, "SentencePiece: " + status.ToString());
    return {ids.begin(), ids.end()};
  }

  std::string decode(const std::vector<std::int64_t>& ids) const override {
    std::vector<int> narrow;
    for (const std::int64_t id : ids) {
      check(id);
      narrow.push_back(static_cast<int>(id));
    }
    std::string text;
    const auto status = processor_.Decode(narrow, &text);
    if (!status.ok()) throw Error(ErrorKind::kInternal, "SentencePiece: " + status.ToString());
    return text;
  }

  std::string piece(std::int64_t id) const override {
    check(id);
    return processor_.IdToPiece(static_cast<int>(id));
  }

 private:
  void check(std::int64_t id) const {
    if (id < 0 || id >= size())
      throw Error(ErrorKind::kUsage, "id " + std::to_string(id) + " is not in the vocabulary",
                  "Ids of this tokenizer go from 0 to " + std::to_string(size() - 1) + ".");
  }

  ::sentencepiece::SentencePieceProcessor processor_;
  bool addsBos_;
};

}  // namespace

std::shared_ptr<const Tokenizer> openSentencePiece(const std::string& file, bool addsBos) {
  return std::make_shared<SentencePieceTokenizer>(file, addsBos);
}

}  // namespace attune
