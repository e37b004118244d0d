#include "core/data/paraphrases.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/base/hash.h"
#include "core/base/text.h"

namespace attune {
namespace {

using Pair = std::array<const char*, 2>;

bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isUpper(char c) { return c >= 'A' && c <= 'Z'; }
// A letter of a word, its apostrophe, or part of a longer character, which belongs to a word too.
bool inWord(std::string_view text, std::size_t i) {
  return isLetter(text[i]) || static_cast<unsigned char>(text[i]) >= 0x80 ||
         (text[i] == '\'' && i > 0 && i + 1 < text.size() && isLetter(text[i - 1]) && isLetter(text[i + 1]));
}

// `written` with a capital where `as` has one; of a word all in capitals all.
std::string spelt(std::string written, const std::string& as) {
  if (as.size() > 1 && std::none_of(as.begin(), as.end(), [](char c) { return isLetter(c) && !isUpper(c); }))
    return toUpperAscii(written);
  if (!as.empty() && isUpper(as.front())) written.front() = toUpperAscii(written.substr(0, 1)).front();
  return written;
}

// Every word goes through `change`, which gets it in small letters and says nothing to leave it.
std::string withWords(const std::string& text, const std::function<std::string(const std::string&)>& change) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    if (!inWord(text, i)) {
      result += text[i++];
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && inWord(text, end)) ++end;
    const std::string word = text.substr(i, end - i);
    const std::string changed = change(toLowerAscii(word));
    result += changed.empty() ? word : spelt(changed, word);
    i = end;
  }
  return result;
}

// Short forms made long, and where there are none long ones made short.
std::string contractions(const std::string& text) {
  static constexpr Pair kForms[] = {
      {"don't", "do not"},     {"doesn't", "does not"},   {"didn't", "did not"},
      {"isn't", "is not"},     {"aren't", "are not"},     {"wasn't", "was not"},
      {"weren't", "were not"}, {"won't", "will not"},     {"wouldn't", "would not"},
      {"can't", "cannot"},     {"couldn't", "could not"}, {"shouldn't", "should not"},
      {"hasn't", "has not"},   {"haven't", "have not"},   {"hadn't", "had not"},
      {"it's", "it is"},       {"i'm", "i am"},           {"i've", "i have"},
      {"i'll", "i will"},      {"you're", "you are"},     {"they're", "they are"},
      {"we're", "we are"},     {"that's", "that is"},     {"what's", "what is"},
      {"who's", "who is"},     {"where's", "where is"},   {"there's", "there is"}};
  const std::string made = withWords(text, [&](const std::string& word) {
    for (const auto& [shortForm, longForm] : kForms)
      if (word == shortForm) return std::string(longForm);
    return std::string();
  });
  if (made != text) return made;
  // Two words at a time, each within word boundaries.
  std::string result = text;
  for (const auto& [shortForm, longForm] : kForms) {
    const std::string_view wanted = longForm;
    for (std::size_t i = 0; i + wanted.size() <= result.size(); ++i) {
      const bool begins = i == 0 || !inWord(result, i - 1);
      const bool ends = i + wanted.size() == result.size() || !inWord(result, i + wanted.size());
      if (!begins || !ends || toLowerAscii(result.substr(i, wanted.size())) != wanted) continue;
      result.replace(i, wanted.size(), spelt(shortForm, result.substr(i, 1)));
    }
  }
  return result;
}

// Words with nearly the same meaning, in most texts.
std::string synonyms(const std::string& text) {
  static constexpr Pair kWords[] = {{"film", "movie"},
                                    {"big", "large"},
                                    {"quick", "fast"},
                                    {"begin", "start"},
                                    {"begins", "starts"},
                                    {"began", "started"},
                                    {"buy", "purchase"},
                                    {"bought", "purchased"},
                                    {"help", "assist"},
                                    {"maybe", "perhaps"},
                                    {"almost", "nearly"},
                                    {"often", "frequently"},
                                    {"whole", "entire"},
                                    {"children", "kids"},
                                    {"however", "but"},
                                    {"very", "really"},
                                    {"funny", "amusing"},
                                    {"actor", "performer"},
                                    {"actors", "performers"},
                                    {"famous", "well-known"},
                                    {"small", "little"},
                                    {"speak", "talk"},
                                    {"street", "road"},
                                    {"wrong", "incorrect"},
                                    {"package", "parcel"},
                                    {"packages", "parcels"},
                                    {"money", "cash"},
                                    {"phone", "telephone"},
                                    {"photo", "picture"},
                                    {"photos", "pictures"},
                                    {"doctor", "physician"},
                                    {"car", "automobile"},
                                    {"cars", "automobiles"},
                                    {"city", "town"},
                                    {"cities", "towns"},
                                    {"country", "nation"},
                                    {"countries", "nations"},
                                    {"company", "firm"},
                                    {"companies", "firms"},
                                    {"answer", "reply"},
                                    {"many", "numerous"},
                                    {"near", "close to"},
                                    {"sure", "certain"},
                                    {"whether", "if"},
                                    {"happy", "glad"},
                                    {"terrible", "awful"},
                                    {"wonderful", "marvellous"},
                                    {"beautiful", "lovely"},
                                    {"story", "tale"},
                                    {"stories", "tales"},
                                    {"entertaining", "enjoyable"},
                                    {"scary", "frightening"},
                                    {"smart", "clever"},
                                    {"silly", "foolish"},
                                    {"invoice", "bill"},
                                    {"inhabitants", "residents"},
                                    {"author", "writer"},
                                    {"song", "tune"},
                                    {"entire", "whole"},
                                    {"movie", "film"},
                                    {"movies", "films"},
                                    {"films", "movies"}};
  return withWords(text, [](const std::string& word) {
    for (const auto& [here, other] : kWords)
      if (word == here) return std::string(other);
    return std::string();
  });
}

// Whole numbers up to twelve as words, and such words as numbers.
std::string numbers(const std::string& text) {
  static constexpr const char* kNames[] = {"zero",  "one",   "two",  "three", "four",   "five",  "six",
                                           "seven", "eight", "nine", "ten",   "eleven", "twelve"};
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && isDigit(text[end])) ++end;
    const bool alone = end > i && end - i <= 2 && (i == 0 || (text[i - 1] == ' ')) &&
                       (end == text.size() || text[end] == ' ');
    const int value = alone ? std::stoi(text.substr(i, end - i)) : 99;
    if (end == i) {
      result += text[i++];
      continue;
    }
    result += value <= 12 && text[i] != '0' ? std::string(kNames[value]) : text.substr(i, end - i);
    i = end;
  }
  if (result != text) return result;
  return withWords(text, [](const std::string& word) {
    // "one" is seldom a number.
    for (int k = 2; k <= 12; ++k)
      if (word == kNames[k]) return std::to_string(k);
    return std::string();
  });
}

// Without the mark at its end, or with a full stop where there is none.
std::string endMark(const std::string& text) {
  const auto isMark = [](char c) { return c == '.' || c == '!' || c == '?'; };
  std::size_t end = text.size();
  while (end > 0 && (isMark(text[end - 1]) || text[end - 1] == ' ')) --end;
  return end == text.size() ? text + "." : text.substr(0, end);
}

// Two neighbouring letters of the longest word change places: one typing error.
std::string typo(const std::string& text) {
  std::size_t from = 0, length = 0;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && isLetter(text[end])) ++end;
    if (end - i > length) {
      from = i;
      length = end - i;
    }
    i = std::max(end, i + 1);
  }
  std::string result = text;
  if (length < 4) return result;
  for (std::size_t i = from + length / 2; i + 1 < from + length; ++i)
    if (result[i] != result[i + 1]) {
      std::swap(result[i], result[i + 1]);
      break;
    }
  return result;
}

}  // namespace

const std::vector<Paraphrase>& paraphrasePanel() {
  static const std::vector<Paraphrase> panel{
      {"contractions", contractions},
      {"synonyms", synonyms},
      {"numbers", numbers},
      {"end_mark", endMark},
      {"typing_error", typo},
      {"small_letters", toLowerAscii},
      {"lead_in", [](const std::string& text) { return "Well, " + text; }},
      {"quoted", [](const std::string& text) { return "Somebody wrote: \"" + text + "\""; }},
  };
  return panel;
}

std::string paraphrasePanelHash() {
  std::string all;
  for (const Paraphrase& paraphrase : paraphrasePanel())
    for (const char* text :
         {"I don't know whether the big film is good, it's 3 hours long!",
          "What is the famous city that is not near two rivers", "Ärger: DON'T ask me 12 times."})
      all += paraphrase.name + "\n" + paraphrase.change(text) + "\n";
  return sha256(all);
}

}  // namespace attune
