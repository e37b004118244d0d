#include "core/base/error.h"
#include "core/base/text.h"
#include "core/token/token_model.h"

namespace attune {
namespace {
constexpr std::int64_t kMaxId = 1 << 24;
}

void Vocabulary::add(const std::string& token, std::int64_t id, const std::string& file) {
  if (id < 0 || id >= kMaxId)
    throw Error(ErrorKind::kInvalidInput,
                file + ": the token '" + elide(token, 40) + "' has the impossible id " + std::to_string(id),
                "Get the tokenizer's file again from the model's source.")
        .inFile(file);
  const auto at = static_cast<std::size_t>(id);
  if (at >= tokens_.size()) {
    tokens_.resize(at + 1);
    used_.resize(at + 1);
  }
  if (used_[at] || !ids_.emplace(token, id).second)
    throw Error(
        ErrorKind::kInvalidInput,
        file + ": the token '" + elide(token, 40) + "' or its id " + std::to_string(id) + " occurs twice",
        "Get the tokenizer's file again from the model's source.")
        .inFile(file);
  tokens_[at] = token;
  used_[at] = true;
}

std::int64_t Vocabulary::find(std::string_view token) const {
  const auto found = ids_.find(token);
  return found == ids_.end() ? -1 : found->second;
}

const std::string* Vocabulary::token(std::int64_t id) const {
  const auto at = static_cast<std::size_t>(id);
  return id >= 0 && at < tokens_.size() && used_[at] ? &tokens_[at] : nullptr;
}

}  // namespace attune
