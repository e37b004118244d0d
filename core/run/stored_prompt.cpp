#include "core/run/stored_prompt.h"

#include <algorithm>
#include <filesystem>

#include "core/base/file.h"
#include "core/base/json.h"

namespace attune {

void StoredPrompt::keepWordsOf(const std::vector<std::string>& labels) {
  std::erase_if(words, [&](const auto& word) {
    return std::find(labels.begin(), labels.end(), word.first) == labels.end();
  });
}

std::string StoredPrompt::wordLines() const {
  std::string lines;
  for (const auto& [label, word] : words) lines += label + " = " + word + "\n";
  return lines;
}

std::string StoredPrompt::wholePattern(const std::vector<std::string>& labelWords) const {
  return withDemonstrations(pattern, examples, labelWords);
}

void writePrompt(const std::string& folder, const StoredPrompt& prompt) {
  Json words = Json::object(), examples = Json::array();
  for (const auto& [label, word] : prompt.words) words.set(label, Json().push(word));
  for (const Demonstration& example : prompt.examples)
    examples.push(Json().set("text", example.text).set("answer", example.answer));
  Json json = Json()
                  .set("schema", "attune.prompt/1")
                  .set("template", prompt.pattern)
                  .set("verbalizers", std::move(words))
                  .set("examples", std::move(examples));
  if (!prompt.prior.empty()) json.set("prior", Json::list(prompt.prior));
  writeFileAtomically((std::filesystem::path(folder) / kPromptFile).string(), json.dump(2) + "\n");
}

std::optional<StoredPrompt> readPrompt(const std::string& folder) {
  if (folder.empty()) return {};
  const std::string file = (std::filesystem::path(folder) / kPromptFile).string();
  if (!std::filesystem::exists(file)) return {};
  const Json json = parseJson(readFile(file, 16 << 20), file);
  StoredPrompt prompt;
  prompt.pattern = json.stringOr("template", "");
  if (const Json* words = json.find("verbalizers"); words && words->isObject())
    for (const auto& [label, list] : words->members())
      if (list.isArray() && !list.items().empty())
        prompt.words.emplace_back(label, list.items().front().asString());
  if (const Json* examples = json.find("examples"); examples && examples->isArray())
    for (const Json& example : examples->items())
      prompt.examples.push_back({example.at("text").asString(), example.at("answer").asString()});
  if (const Json* prior = json.find("prior"); prior && prior->isArray())
    for (const Json& value : prior->items()) prompt.prior.push_back(value.asDouble());
  return prompt;
}

}  // namespace attune
