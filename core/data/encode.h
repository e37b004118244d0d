#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/template.h"
#include "core/token/tokenizer.h"

namespace attune {

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
                const std::vector<std::string>& labelWords, std::int64_t maxTokens);

  EncodedPrompt encode(std::string_view text) const;
  const std::vector<std::vector<std::int64_t>>& labelTokens() const { return labelTokens_; }
  std::int64_t templateTokens() const { return templateTokens_; }  // of the template without a text

 private:
  const Tokenizer& tokenizer_;
  std::string before_;
  std::string after_;
  std::int64_t maxPromptTokens_ = 0;
  std::int64_t templateTokens_ = 0;
  std::vector<std::vector<std::int64_t>> labelTokens_;
};

}  // namespace attune
