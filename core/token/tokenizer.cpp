#include "core/token/tokenizer.h"

namespace attune {

std::vector<std::int64_t> Tokenizer::encodeInput(std::string_view text) const {
  std::vector<std::int64_t> ids = encode(text);
  if (addsBos() && bosId() >= 0) ids.insert(ids.begin(), bosId());
  return ids;
}

}  // namespace attune
