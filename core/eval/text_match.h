#pragma once

#include <string>
#include <string_view>
#include <vector>

// Comparing a written answer with the right one. Pure.
namespace attune {

// SQuAD's normalisation (Rajpurkar et al. 2016): lower case, ASCII punctuation deleted, the words a, an, the
// deleted, blanks collapsed.
std::string squadNormalised(std::string_view text);
// Equal after that.
bool exactMatch(std::string_view answer, std::string_view right);
// 2PR/(P+R) over the words of both after that; both empty: 1, one empty: 0.
double tokenF1(std::string_view answer, std::string_view right);
// ROUGE-L (Lin 2004): the same over the longest common subsequence of words; words are runs of a–z and 0–9 in
// lower case, as Google's rouge_score cuts them, so it sees nothing of other alphabets.
double rougeL(std::string_view answer, std::string_view right);

}  // namespace attune
