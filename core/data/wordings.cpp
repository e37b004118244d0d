#include "core/data/wordings.h"

#include <algorithm>
#include <functional>
#include <set>

#include "core/base/hash.h"
#include "core/base/text.h"

namespace attune {
namespace {

using Change = std::function<std::string(const std::string&)>;

// Applies `change` to what stands around the fields of a pattern.
std::string aroundFields(const std::string& pattern, const Change& change) {
  std::string result, plain;
  for (std::size_t i = 0; i < pattern.size();) {
    const bool field = pattern.compare(i, 6, "{text}") == 0 || pattern.compare(i, 8, "{labels}") == 0;
    if (!field) {
      plain += pattern[i++];
      continue;
    }
    const std::size_t length = pattern[i + 1] == 't' ? 6 : 8;
    result += change(plain) + pattern.substr(i, length);
    plain.clear();
    i += length;
  }
  return result + change(plain);
}

std::string capital(std::string text) {
  if (!text.empty()) text.front() = toUpperAscii(text.substr(0, 1)).front();
  return text;
}

struct Named {
  const char* name;
  Change change;
};

const std::vector<Named>& formats() {
  static const std::vector<Named> list{
      {"upper_case", [](const std::string& p) { return aroundFields(p, toUpperAscii); }},
      {"lower_case", [](const std::string& p) { return aroundFields(p, toLowerAscii); }},
      {"quoted", [](const std::string& p) { return replaceAll(p, "{text}", "\"{text}\""); }},
      {"own_line",
       [](const std::string& p) {
         return replaceAll(replaceAll(p, " {text}", "\n{text}"), "{text} ", "{text}\n");
       }},
      {"dash",
       [](const std::string& p) {
         return aroundFields(p, [](const std::string& t) { return replaceAll(t, ":", " -"); });
       }},
  };
  return list;
}

constexpr const char* kLeadIns[][2] = {{"read", "Read this and answer. "},
                                       {"please", "Please answer. "},
                                       {"here", "Here is a text. "},
                                       {"task", "Your task is to answer the question about this text. "},
                                       {"next", "The next line needs an answer. "}};

const std::vector<Named>& wordForms() {
  static const std::vector<Named> list{
      {"upper_case", toUpperAscii},
      {"lower_case", toLowerAscii},
      {"capital", capital},
      {"quoted", [](const std::string& w) { return "\"" + w + "\""; }},
      {"full_stop", [](const std::string& w) { return w + "."; }},
  };
  return list;
}

constexpr int kOrders = 5;

}  // namespace

std::vector<Wording> wordingPanel(const std::string& pattern, const std::vector<std::string>& labelWords,
                                  std::int64_t shots) {
  std::vector<Wording> panel;
  std::set<std::pair<std::string, std::vector<std::string>>> seen{{pattern, labelWords}};
  const auto add = [&](const char* family, const char* name, const std::string& changed,
                       const std::vector<std::string>& words) {
    if (std::set<std::string>(words.begin(), words.end()).size() < words.size()) return;
    if (seen.emplace(changed, words).second) panel.push_back({family, name, changed, words, 0});
  };
  for (const Named& format : formats()) add("format", format.name, format.change(pattern), labelWords);
  for (const auto& [name, words] : kLeadIns) add("lead_in", name, words + pattern, labelWords);
  for (const Named& form : wordForms()) {
    std::vector<std::string> words;
    for (const std::string& word : labelWords) words.push_back(form.change(word));
    add("label_words", form.name, pattern, words);
  }
  if (shots >= 2)
    for (int k = 1; k <= kOrders; ++k)
      panel.push_back({"example_order", "order_" + std::to_string(k), pattern, labelWords, k});
  return panel;
}

std::string wordingPanelHash() {
  // What it makes of a template and words with everything that it changes.
  std::string all;
  for (const Wording& w : wordingPanel("Message: {text} Is it {labels}? Answer:", {"very Good", "bad"}, 2))
    all += w.title() + "\n" + w.pattern + "\n" + joinText(w.labelWords, "|") + "\n";
  return sha256(all);
}

}  // namespace attune
