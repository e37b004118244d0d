#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace attune {

// A prompt with fields: "{text}" stands for the example's text and must occur exactly once, "{labels}" for
// all label words ("a, b or c"). "{{" and "}}" are literal braces. Blanks at the end are cut: the label word
// brings its own leading blank.
class PromptTemplate {
 public:
  // Throws Error(kUsage) that names the field and its position.
  explicit PromptTemplate(std::string_view pattern);

  const std::string& pattern() const { return pattern_; }
  // The text in front of and behind the example's text, "{labels}" filled in.
  std::string before(const std::vector<std::string>& labelWords) const;
  std::string after(const std::vector<std::string>& labelWords) const;
  std::string fill(std::string_view text, const std::vector<std::string>& labelWords) const;

 private:
  std::string pattern_;
  std::string before_;  // still with "{labels}" as the byte 0x01
  std::string after_;
};

// The words that stand for the labels. `text` has one "label = word" a line; labels that it does not name
// stand for themselves ("_" and "-" read as blanks). Throws Error(kUsage) for unknown labels, empty words,
// and two labels with the same word.
std::vector<std::string> labelWords(const std::vector<std::string>& labels, std::string_view text);

}  // namespace attune
