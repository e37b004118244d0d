#include "core/data/encode.h"

#include <algorithm>
#include <map>

#include "core/base/error.h"

namespace attune {

PromptEncoder::PromptEncoder(const Tokenizer& tokenizer, const PromptTemplate& prompt,
                             const std::vector<std::string>& labelWords, std::int64_t maxTokens)
    : tokenizer_(tokenizer), before_(prompt.before(labelWords)), after_(prompt.after(labelWords)) {
  templateTokens_ = static_cast<std::int64_t>(tokenizer.encodeInput(before_ + after_).size());

  // Any word in the text's place will do: the label's ids depend on what stands right before it.
  const std::string context = before_ + "text" + after_;
  const std::vector<std::int64_t> alone = tokenizer.encodeInput(context);
  std::size_t longest = 1;
  std::map<std::vector<std::int64_t>, std::string> seen;
  for (const std::string& word : labelWords) {
    const std::vector<std::int64_t> together = tokenizer.encodeInput(context + " " + word);
    const auto firstDifference = static_cast<std::size_t>(
        std::mismatch(alone.begin(), alone.end(), together.begin(), together.end()).second -
        together.begin());
    std::vector<std::int64_t> ids(together.begin() + static_cast<std::ptrdiff_t>(firstDifference),
                                  together.end());
    if (ids.empty() || firstDifference < alone.size())
      throw Error(ErrorKind::kUsage,
                  "the label word '" + word + "' melts into the end of the prompt '" + prompt.pattern() + "'",
                  "End the template with a full word or a punctuation mark.");
    if (const auto [other, fresh] = seen.emplace(ids, word); !fresh)
      throw Error(ErrorKind::kUsage,
                  "the label words '" + other->second + "' and '" + word + "' look the same to this model",
                  "Choose another word for one of them.");
    longest = std::max(longest, ids.size());
    labelTokens_.push_back(std::move(ids));
  }
  maxPromptTokens_ = maxTokens - static_cast<std::int64_t>(longest) + 1;
  if (maxPromptTokens_ < templateTokens_ + 4)
    throw Error(ErrorKind::kUsage,
                "the template takes " + std::to_string(templateTokens_) + " of " + std::to_string(maxTokens) +
                    " tokens and leaves no room for a text",
                "Shorten the template, or use fewer virtual tokens.");
}

EncodedPrompt PromptEncoder::encode(std::string_view text) const {
  EncodedPrompt prompt;
  std::string_view kept = text;
  for (;;) {
    prompt.ids = tokenizer_.encodeInput(before_ + std::string(kept) + after_);
    const auto size = static_cast<std::int64_t>(prompt.ids.size());
    if (size <= maxPromptTokens_) return prompt;
    // Cut the end of the text by the share that is too long, at a character, and look again.
    prompt.truncated = true;
    const double share = static_cast<double>(maxPromptTokens_ - templateTokens_) /
                         static_cast<double>(std::max<std::int64_t>(1, size - templateTokens_));
    auto length =
        std::min(kept.size() - 1, static_cast<std::size_t>(static_cast<double>(kept.size()) * share));
    while (length > 0 && (static_cast<unsigned char>(kept[length]) & 0xC0) == 0x80) --length;
    kept = kept.substr(0, length);
  }
}

}  // namespace attune
