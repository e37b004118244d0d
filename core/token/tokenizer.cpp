#include "core/token/tokenizer.h"

namespace attune {

std::vector<std::int64_t> Tokenizer::endIds() const {
  if (eosId() < 0) return {};
  return {eosId()};
}

std::vector<std::int64_t> Tokenizer::encodeInput(std::string_view text, SpecialTokens special) const {
  std::vector<std::int64_t> ids = encode(text, special);
  ids.insert(ids.begin(), frame().before.begin(), frame().before.end());
  ids.insert(ids.end(), frame().after.begin(), frame().after.end());
  return ids;
}

}  // namespace attune
