#include "core/token/pipeline_tokenizer.h"

#include <algorithm>
#include <array>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/token/unicode.h"

namespace attune {
namespace {

class PipelineTokenizer final : public Tokenizer {
 public:
  explicit PipelineTokenizer(TokenizerParts parts) : parts_(std::move(parts)) {
    size_ = parts_.model->vocabulary().size();
    for (const AddedToken& token : parts_.added.all()) size_ = std::max(size_, token.id + 1);
  }

  std::string kind() const override { return parts_.kind; }
  std::int64_t size() const override { return size_; }
  std::int64_t bosId() const override { return parts_.bosId; }
  std::int64_t eosId() const override { return parts_.eosId; }
  std::vector<std::int64_t> endIds() const override { return parts_.endIds; }
  const InputFrame& frame() const override { return parts_.frame; }

  std::vector<std::int64_t> encode(std::string_view text, SpecialTokens special) const override {
    std::vector<std::int64_t> ids;
    const std::string whole = firstInvalidUtf8(text) ? validUtf8(text) : std::string(text);
    for (const Segment& raw : parts_.added.split({{whole, -1, true}}, special, false)) {
      if (raw.id >= 0) {
        ids.push_back(raw.id);
        continue;
      }
      const Segment normal{parts_.normalizer(raw.text), -1, raw.atStart};
      for (const Segment& part : parts_.added.split({normal}, special, true)) {
        if (part.id >= 0)
          ids.push_back(part.id);
        else
          for (const std::string& piece : parts_.preTokenizer(part.text, part.atStart))
            parts_.model->encode(piece, ids);
      }
    }
    return ids;
  }

  std::string decode(const std::vector<std::int64_t>& ids, bool skipSpecial) const override {
    std::vector<std::string> tokens;
    for (const std::int64_t id : ids) {
      const AddedToken* added = parts_.added.find(id);
      if (skipSpecial && added && added->special) continue;
      tokens.push_back(piece(id));
    }
    return parts_.decoder(std::move(tokens));
  }

  std::string piece(std::int64_t id) const override {
    if (id < 0 || id >= size_)
      throw Error(ErrorKind::kUsage, "id " + std::to_string(id) + " is not in the vocabulary",
                  "Ids of this tokenizer go from 0 to " + std::to_string(size_ - 1) + ".");
    if (const AddedToken* added = parts_.added.find(id)) return added->content;
    const std::string* token = parts_.model->vocabulary().token(id);
    return token ? *token : std::string();  // a gap in the numbering
  }

 private:
  TokenizerParts parts_;
  std::int64_t size_ = 0;
};

}  // namespace

std::shared_ptr<const Tokenizer> makePipelineTokenizer(TokenizerParts parts) {
  return std::make_shared<PipelineTokenizer>(std::move(parts));
}

std::vector<std::int64_t> endIdsOf(const std::vector<std::int64_t>& listed, std::int64_t eosId,
                                   const AddedTokens& added) {
  constexpr std::array<std::string_view, 6> closing{"<|im_end|>", "<|endoftext|>", "<|eot_id|>",
                                                    "<|end|>",    "<end_of_turn>", "</s>"};
  std::vector<std::int64_t> ids = listed;
  if (eosId >= 0) ids.push_back(eosId);
  for (const AddedToken& token : added.all())
    if (token.special && std::find(closing.begin(), closing.end(), token.content) != closing.end())
      ids.push_back(token.id);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

}  // namespace attune
