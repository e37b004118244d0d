#include "core/data/encode.h"

#include <algorithm>
#include <map>

#include "core/base/error.h"

namespace attune {

PromptEncoder::PromptEncoder(const Tokenizer& tokenizer, const PromptTemplate& prompt,
                             const std::vector<std::string>& labelWords, std::int64_t maxTokens,
                             AnswerForm form)
    : tokenizer_(tokenizer), form_(form), maxTokens_(maxTokens) {
  if (form != AnswerForm::kClass) {
    before_ = prompt.before(labelWords);
    after_ = prompt.after(labelWords);
  }
  templateTokens_ = static_cast<std::int64_t>(promptIds(before_ + after_).size());

  std::size_t longest = 1;
  std::map<std::vector<std::int64_t>, std::string> seen;
  for (const std::string& word : labelWords) {
    if (form == AnswerForm::kClass) break;
    // Any word in the text's place will do: the label's ids depend on what stands right before it.
    std::vector<std::int64_t> ids = wordIds(before_ + "text" + after_, word, prompt.pattern());
    if (const auto [other, fresh] = seen.emplace(ids, word); !fresh)
      throw Error(ErrorKind::kUsage,
                  "the label words '" + other->second + "' and '" + word + "' look the same to this model",
                  "Choose another word for one of them.");
    longest = std::max(longest, ids.size());
    labelTokens_.push_back(std::move(ids));
  }
  leaveRoom(static_cast<std::int64_t>(longest) - 1);
}

void PromptEncoder::leaveRoom(std::int64_t answerTokens) {
  // What is written apart from the prompt takes no room of it.
  maxPromptTokens_ = form_ == AnswerForm::kContinuation ? maxTokens_ - answerTokens : maxTokens_;
  if (maxPromptTokens_ < templateTokens_ + 4)
    throw Error(ErrorKind::kUsage,
                "the template takes " + std::to_string(templateTokens_) + " of " +
                    std::to_string(maxTokens_) + " tokens and leaves no room for a text",
                "Shorten the template, or use fewer virtual tokens.");
}

std::vector<std::int64_t> PromptEncoder::promptIds(const std::string& text) const {
  if (form_ != AnswerForm::kContinuation) return tokenizer_.encodeInput(text);
  // What is to be continued must not end yet.
  std::vector<std::int64_t> ids = tokenizer_.encode(text);
  ids.insert(ids.begin(), tokenizer_.frame().before.begin(), tokenizer_.frame().before.end());
  // Something must stand before the first word.
  if (const std::int64_t start = std::max(tokenizer_.bosId(), tokenizer_.eosId()); ids.empty() && start >= 0)
    ids.push_back(tokenizer_.bosId() >= 0 ? tokenizer_.bosId() : start);
  return ids;
}

std::vector<std::int64_t> PromptEncoder::wordIds(const std::string& context, const std::string& word,
                                                 const std::string& pattern) const {
  if (form_ == AnswerForm::kSeparate) return tokenizer_.encodeInput(word);
  const std::vector<std::int64_t> alone = promptIds(context);
  const std::vector<std::int64_t> together = promptIds(context + " " + word);
  const auto difference = std::mismatch(alone.begin(), alone.end(), together.begin(), together.end()).second;
  std::vector<std::int64_t> ids(difference, together.end());
  if (ids.empty() || difference - together.begin() < static_cast<std::ptrdiff_t>(alone.size()))
    throw Error(ErrorKind::kUsage,
                "the label word '" + word + "' melts into the end of the prompt '" + pattern + "'",
                "End the template with a full word or a punctuation mark.");
  return ids;
}

std::vector<std::int64_t> PromptEncoder::answer(std::string_view text) const {
  if (form_ == AnswerForm::kSeparate) return tokenizer_.encodeInput(text);
  const std::string context = before_ + "text" + after_;
  std::vector<std::int64_t> alone = promptIds(context), ids = promptIds(context + " " + std::string(text));
  const bool begins = ids.size() > alone.size() && std::equal(alone.begin(), alone.end(), ids.begin());
  // Where the answer melts into the prompt's last token it is encoded by itself.
  if (begins)
    ids.erase(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(alone.size()));
  else
    ids = tokenizer_.encode(" " + std::string(text));
  if (tokenizer_.eosId() >= 0) ids.push_back(tokenizer_.eosId());
  return ids;
}

EncodedPrompt PromptEncoder::encode(std::string_view text) const {
  EncodedPrompt prompt;
  std::string_view kept = text;
  for (;;) {
    prompt.ids = promptIds(before_ + std::string(kept) + after_);
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
