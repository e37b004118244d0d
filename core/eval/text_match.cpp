#include "core/eval/text_match.h"

#include <algorithm>
#include <map>

#include "core/base/text.h"

namespace attune {
namespace text_match {

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> list;
  std::string word;
  const auto close = [&] {
    if (!word.empty()) list.push_back(std::move(word));
    word.clear();
  };
  for (const char c : text) {
    if (c == ' ' || (c >= '\t' && c <= '\r'))
      close();
    else
      word += c;
  }
  close();
  return list;
}

double balance(double common, std::size_t a, std::size_t b) {
  if (a == 0 || b == 0) return a == b ? 1 : 0;
  if (common == 0) return 0;
  const double precision = common / static_cast<double>(a), recall = common / static_cast<double>(b);
  return 2 * precision * recall / (precision + recall);
}

std::vector<std::string> rougeWords(std::string_view text) {
  std::string plain = lowerUnicode(text);
  for (char& c : plain)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) c = ' ';
  return words(plain);
}

}  // namespace text_match

std::string squadNormalised(std::string_view text) {
  std::string plain;
  for (const char c : lowerUnicode(text)) {
    const bool punctuation =
        (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) || (c >= 123 && c <= 126);
    if (!punctuation) plain += c;
  }
  std::vector<std::string> words = text_match::words(plain);
  std::erase_if(words, [](const std::string& word) { return word == "a" || word == "an" || word == "the"; });
  return joinText(words, " ");
}

bool exactMatch(std::string_view answer, std::string_view right) {
  return squadNormalised(answer) == squadNormalised(right);
}

double tokenF1(std::string_view answer, std::string_view right) {
  const auto a = text_match::words(squadNormalised(answer)), b = text_match::words(squadNormalised(right));
  std::map<std::string, int> left;
  for (const std::string& word : b) ++left[word];
  double common = 0;
  for (const std::string& word : a)
    if (const auto found = left.find(word); found != left.end() && found->second-- > 0) ++common;
  return text_match::balance(common, a.size(), b.size());
}

double rougeL(std::string_view answer, std::string_view right) {
  const auto a = text_match::rougeWords(answer), b = text_match::rougeWords(right);
  if (a.empty() || b.empty()) return 0;
  // Row by row of the table of longest common subsequences.
  std::vector<std::size_t> row(b.size() + 1, 0);
  for (const std::string& word : a) {
    std::size_t diagonal = 0;
    for (std::size_t k = 1; k <= b.size(); ++k) {
      const std::size_t above = row[k];
      row[k] = word == b[k - 1] ? diagonal + 1 : std::max(row[k], row[k - 1]);
      diagonal = above;
    }
  }
  return text_match::balance(static_cast<double>(row.back()), a.size(), b.size());
}

}  // namespace attune
