#include "core/data/demonstrations.h"

#include "core/base/text.h"
#include "core/data/template.h"

namespace attune {

std::vector<std::int64_t> chooseDemonstrations(const Dataset& data, const std::vector<std::int64_t>& rows,
                                               std::int64_t count, Seed seed) {
  Random random(seed);
  std::vector<std::vector<std::int64_t>> byLabel(data.freeAnswers() ? 1 : data.labels().size());
  for (const std::int64_t row : rows) {
    const std::int64_t label = data.examples()[static_cast<std::size_t>(row)].label;
    byLabel[data.freeAnswers() ? 0 : static_cast<std::size_t>(label)].push_back(row);
  }
  for (auto& list : byLabel) random.shuffle(list);
  std::vector<std::int64_t> chosen;
  for (std::size_t turn = 0; static_cast<std::int64_t>(chosen.size()) < count; ++turn) {
    // Which labels go short in the last turn is drawn as well.
    std::vector<std::int64_t> next;
    for (const auto& list : byLabel)
      if (turn < list.size()) next.push_back(list[turn]);
    if (next.empty()) break;
    random.shuffle(next);
    for (const std::int64_t row : next)
      if (static_cast<std::int64_t>(chosen.size()) < count) chosen.push_back(row);
  }
  random.shuffle(chosen);
  return chosen;
}

std::string withDemonstrations(const std::string& pattern, const std::vector<Demonstration>& examples,
                               const std::vector<std::string>& labelWords) {
  const PromptTemplate question(pattern);
  std::string whole;
  for (const Demonstration& example : examples) {
    const std::string filled = question.fill(example.text, labelWords) + " " + example.answer + "\n\n";
    whole += replaceAll(replaceAll(filled, "{", "{{"), "}", "}}");
  }
  return whole + pattern;
}

}  // namespace attune
