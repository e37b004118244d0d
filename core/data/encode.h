#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/template.h"
#include "core/token/tokenizer.h"

namespace attune {

// How a model gives its answer.
enum class AnswerForm {
  kContinuation,  // it continues the prompt: words are encoded as they follow it
  kSeparate,      // it reads the prompt and writes the answer apart from it (encoder-decoders)
  kClass,         // it reads the text alone and has a head for the labels (encoders): no template, no words
};

struct EncodedPrompt {
  std::vector<std::int64_t> ids;  // with bos where the model expects it
  bool truncated = false;         // the text was cut at its end to fit
};

// Example text -> ids of the filled template. The label word follows the prompt; its ids are found as the
// difference between encoding prompt and word together and the prompt alone, since words after text are not
// encoded like words alone.
class PromptEncoder {
 public:
  // `maxTokens`: what the model's context leaves for prompt and label word. Throws Error(kUsage) when the
  // template alone leaves no room for a text, when a label word melts into the prompt and has no token left,
  // or when two label words have the same tokens.
  PromptEncoder(const Tokenizer& tokenizer, const PromptTemplate& prompt,
                const std::vector<std::string>& labelWords, std::int64_t maxTokens,
                AnswerForm form = AnswerForm::kContinuation);

  EncodedPrompt encode(std::string_view text) const;
  // Ids of each label's word; none for kClass.
  const std::vector<std::vector<std::int64_t>>& labelTokens() const { return labelTokens_; }
  // Ids of a free answer after any prompt, its end token included where the tokenizer has one. Never empty.
  std::vector<std::int64_t> answer(std::string_view text) const;
  // Prompts are cut so that `answerTokens` more fit behind them. Throws Error(kUsage) when no room for a text
  // is left.
  void leaveRoom(std::int64_t answerTokens);
  std::int64_t templateTokens() const { return templateTokens_; }  // of the template without a text

 private:
  std::vector<std::int64_t> promptIds(const std::string& text) const;
  std::vector<std::int64_t> wordIds(const std::string& context, const std::string& word,
                                    const std::string& pattern) const;

  const Tokenizer& tokenizer_;
  AnswerForm form_;
  std::int64_t maxTokens_;
  std::string before_;
  std::string after_;
  std::int64_t maxPromptTokens_ = 0;
  std::int64_t templateTokens_ = 0;
  std::vector<std::vector<std::int64_t>> labelTokens_;
};

}  // namespace attune
