#include "core/data/template.h"

#include <algorithm>
#include <optional>

#include "core/base/error.h"
#include "core/base/text.h"

namespace attune {
namespace {

constexpr char kLabelsMark = '\x01';
constexpr const char* kFieldHint =
    "Write {text} where the text belongs, {labels} for the label words, {{ and }} for braces.";

[[noreturn]] void refuse(const std::string& message, std::size_t position) {
  throw Error(ErrorKind::kUsage, "the prompt template " + message, kFieldHint)
      .atOffset(static_cast<std::int64_t>(position));
}

std::string at(std::size_t position) { return " at character " + std::to_string(position + 1); }

// "a, b or c"
std::string choice(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

std::string withLabels(const std::string& text, const std::vector<std::string>& words) {
  return replaceAll(text, std::string_view(&kLabelsMark, 1), choice(words));
}

bool isLetterOrDigit(char c) {
  return static_cast<unsigned char>(c) >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
         (c >= 'A' && c <= 'Z');
}

// "card_arrival" -> "card arrival". A minus before a number stays: "-1" is not "1".
std::string defaultWord(std::string_view label) {
  label = trim(label);
  std::string word;
  for (std::size_t i = 0; i < label.size(); ++i) {
    const bool joins = label[i] == '_' || (label[i] == '-' && i > 0 && isLetterOrDigit(label[i - 1]));
    if (!joins)
      word += label[i];
    else if (!word.empty() && word.back() != ' ')
      word += ' ';
  }
  const std::string_view cut = trim(word);
  return std::string(cut.empty() ? label : cut);
}

std::optional<std::size_t> labelNamed(const std::vector<std::string>& labels, std::string_view name) {
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] == name || trim(labels[i]) == name) return i;
  return std::nullopt;
}

struct Assignment {
  std::size_t label;
  std::string word;
};

// One line "label = word"; labels and words may contain "=" themselves.
Assignment readLine(std::string_view line, const std::vector<std::string>& labels) {
  const std::size_t firstEquals = line.find('=');
  if (firstEquals == std::string_view::npos)
    throw Error(ErrorKind::kUsage, "the line '" + std::string(line) + "' of the label words has no '='",
                "Write one \"label = word\" a line.");
  for (std::size_t equals = firstEquals; equals != std::string_view::npos;
       equals = line.find('=', equals + 1)) {
    const auto label = labelNamed(labels, trim(line.substr(0, equals)));
    if (!label) continue;
    const std::string word(trim(line.substr(equals + 1)));
    if (word.empty())
      throw Error(ErrorKind::kUsage, "the word for the label '" + labels[*label] + "' is empty",
                  "Write a word behind the '=', or leave the line out.");
    return {*label, word};
  }
  const std::string name(trim(line.substr(0, firstEquals)));
  const std::string near = nearestName(name, labels);
  throw Error(ErrorKind::kUsage, "the label words name a label '" + name + "' that the data does not have",
              near.empty() ? "The labels are: " + elide(joinText(labels, ", "), 300) + "."
                           : "Did you mean '" + near + "'?");
}

}  // namespace

PromptTemplate::PromptTemplate(std::string_view pattern) {
  if (firstInvalidUtf8(pattern)) refuse("is not valid UTF-8", *firstInvalidUtf8(pattern));
  if (const auto mark = pattern.find(kLabelsMark); mark != std::string_view::npos)
    refuse("has a control character" + at(mark), mark);
  while (!pattern.empty() && trim(pattern.substr(pattern.size() - 1)).empty()) pattern.remove_suffix(1);
  pattern_ = pattern;

  bool seenText = false;
  const auto position = [&](std::size_t byte) { return countCodePoints(pattern.substr(0, byte)); };
  for (std::size_t i = 0; i < pattern.size();) {
    std::string& side = seenText ? after_ : before_;
    const char c = pattern[i];
    if (c != '{' && c != '}') {
      side += c;
      ++i;
    } else if (i + 1 < pattern.size() && pattern[i + 1] == c) {
      side += c;
      i += 2;
    } else if (c == '}') {
      refuse("closes a brace" + at(position(i)) + " that was not opened", i);
    } else {
      const std::size_t close = pattern.find_first_of("{}", i + 1);
      if (close == std::string_view::npos || pattern[close] == '{')
        refuse("opens a brace" + at(position(i)) + " and does not close it", i);
      const std::string_view field = pattern.substr(i + 1, close - i - 1);
      if (field == "labels") {
        side += kLabelsMark;
      } else if (field != "text") {
        refuse("has an unknown field {" + std::string(field) + "}" + at(position(i)), i);
      } else if (seenText) {
        refuse("has {text} a second time" + at(position(i)), i);
      } else {
        seenText = true;
      }
      i = close + 1;
    }
  }
  if (!seenText) refuse("lacks the field {text}", pattern.size());
}

std::string PromptTemplate::before(const std::vector<std::string>& words) const {
  return withLabels(before_, words);
}

std::string PromptTemplate::after(const std::vector<std::string>& words) const {
  return withLabels(after_, words);
}

std::string PromptTemplate::fill(std::string_view text, const std::vector<std::string>& words) const {
  return before(words).append(text) + after(words);
}

std::vector<std::string> labelWords(const std::vector<std::string>& labels, std::string_view text) {
  std::vector<std::string> words(labels.size());
  for (const std::string& raw : splitText(text, '\n')) {
    const std::string_view line = trim(raw);
    if (line.empty()) continue;
    Assignment assignment = readLine(line, labels);
    std::string& word = words[assignment.label];
    if (!word.empty())
      throw Error(ErrorKind::kUsage,
                  "the label '" + labels[assignment.label] + "' has two lines with label words",
                  "Keep one of them.");
    word = std::move(assignment.word);
  }
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (words[i].empty()) words[i] = defaultWord(labels[i]);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto same = std::find(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(i), words[i]);
    if (same != words.begin() + static_cast<std::ptrdiff_t>(i))
      throw Error(ErrorKind::kUsage,
                  "the labels '" + labels[static_cast<std::size_t>(same - words.begin())] + "' and '" +
                      labels[i] + "' have the same word '" + words[i] + "'",
                  "Give one of them another word: \"label = word\", one a line.");
  }
  return words;
}

}  // namespace attune
