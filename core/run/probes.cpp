#include "core/run/probes.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/data/general_text.h"
#include "core/data/wordings.h"
#include "core/eval/evaluator.h"

namespace attune {
namespace probes {

constexpr std::size_t kMostItems = 500;  // of the test split, under every wording

// The same for every run on these data.
std::vector<std::int64_t> panelRows(const Dataset& data) {
  std::vector<std::int64_t> rows = data.rows(Split::kTest);
  if (rows.size() <= kMostItems) return rows;
  Random(Seed{0}.sub("rows of the panel")).shuffle(rows);
  rows.resize(kMostItems);
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace probes

std::vector<Prediction> readGeneralText(const OpenedBase& base, const LanguageModel& model,
                                        std::int64_t virtualTokens, const StopToken& stop) {
  const auto room =
      static_cast<std::size_t>(std::max<std::int64_t>(8, base.model->config().context - virtualTokens));
  const Tokenizer& tokenizer = *base.tokenizer;
  const bool separate = answerForm(base.model->config()) == AnswerForm::kSeparate;
  std::vector<AnswerExample> examples;
  std::int64_t row = 0;
  for (const std::string& paragraph : generalText()) {
    std::vector<std::int64_t> ids = tokenizer.encode(paragraph);
    ids.resize(std::min(ids.size(), room - tokenizer.frame().before.size() - tokenizer.frame().after.size()));
    const auto cut = ids.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(1, ids.size() / 3));
    AnswerExample example{tokenizer.frame().before, {cut, ids.end()}, 0, row++};
    example.ids.insert(example.ids.end(), ids.begin(), cut);
    if (separate)
      example.ids.insert(example.ids.end(), tokenizer.frame().after.begin(), tokenizer.frame().after.end());
    examples.push_back(std::move(example));
  }
  return likelihoods(model, examples, stop);
}

void askWordings(const RunSpec& spec, const Dataset& data, const PreparedRun& prepared,
                 const LanguageModel& model, const StopToken& stop, const Answered& answered) {
  const std::vector<std::int64_t> rows = probes::panelRows(data);
  const std::int64_t shots = spec.params.has("shots") ? spec.params.getInt("shots") : 0;
  for (const Wording& wording :
       wordingPanel(spec.params.getString("template"),
                    labelWords(data.labels(), spec.params.getString("label_words")), shots)) {
    if (stop.leaves()) return;
    std::unique_ptr<Questions> questions;
    try {
      questions = prepared.reworded(wording);
    } catch (const Error& e) {
      if (e.kind() != ErrorKind::kUsage) throw;
      continue;  // two words look the same to this model, or the text finds no room
    }
    answered(kWordingPrefix + wording.title(), questions->ask(model, rows, stop));
  }
}

}  // namespace attune
