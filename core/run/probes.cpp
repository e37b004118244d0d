#include "core/run/probes.h"

#include <algorithm>
#include <iterator>
#include <numeric>

#include "core/base/error.h"
#include "core/data/encode.h"
#include "core/data/general_text.h"
#include "core/data/paraphrases.h"
#include "core/data/side_tasks.h"
#include "core/data/wordings.h"
#include "core/eval/evaluator.h"
#include "core/method/virtual_rows.h"

namespace attune {
namespace probes {

constexpr std::size_t kMostItems = 500;      // of the test split, under every wording
constexpr std::size_t kMostDisturbed = 200;  // where there are many ways to disturb, or many seeds

// The same for every run on these data.
std::vector<std::int64_t> panelRows(const Dataset& data, std::size_t most) {
  std::vector<std::int64_t> rows = data.rows(Split::kTest);
  if (rows.size() <= most) return rows;
  Random(Seed{0}.sub("rows of the panel")).shuffle(rows);
  rows.resize(most);
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

std::vector<Prediction> askSideTasks(const OpenedBase& base, const LanguageModel& model,
                                     std::int64_t virtualTokens, const StopToken& stop) {
  const ModelConfig& config = base.model->config();
  std::vector<Prediction> all;
  std::int64_t row = 0;
  if (model.hasClassHead()) return all;  // it has no words any more
  for (const SideTask& task : sideTasks()) {
    const PromptEncoder encoder(*base.tokenizer, PromptTemplate(task.pattern), task.labels,
                                config.context - virtualTokens, answerForm(config));
    std::vector<EvaluationExample> examples;
    for (const SideTask::Item& item : task.items)
      examples.push_back({encoder.encode(item.text).ids, item.label, row++});
    std::vector<Prediction> predictions =
        predictLabels(model, examples, LabelTokens{encoder.labelTokens()}, stop);
    if (predictions.size() < examples.size()) return all;
    std::move(predictions.begin(), predictions.end(), std::back_inserter(all));
  }
  return all;
}

void askParaphrases(const Dataset& data, const PreparedRun& prepared, const LanguageModel& model,
                    const StopToken& stop, const Answered& answered) {
  const std::vector<std::int64_t> rows = probes::panelRows(data, probes::kMostItems);
  for (const Paraphrase& paraphrase : paraphrasePanel()) {
    if (stop.leaves()) return;
    std::vector<std::int64_t> changed;
    for (const std::int64_t row : rows) {
      const std::string& text = data.examples()[static_cast<std::size_t>(row)].text;
      if (paraphrase.change(text) != text) changed.push_back(row);
    }
    if (!changed.empty())
      answered(kParaphrasePrefix + paraphrase.name,
               prepared.paraphrased(paraphrase)->ask(model, changed, stop));
  }
}

void disturbPrompt(const RunSpec& spec, const Dataset& data, PreparedRun& prepared, const TunedModel& model,
                   const StopToken& stop, const Answered& answered) {
  if (!spec.params.has("num_virtual_tokens")) return;
  const std::vector<std::int64_t> rows = probes::panelRows(data, probes::kMostDisturbed);
  const auto ask = [&](const std::string& name, const VirtualRowsChange& change) {
    if (stop.leaves()) return;
    answered(kVirtualPrefix + name,
             prepared.questions().ask(*withVirtualRows(spec.method, model, prepared.base().model, change),
                                      rows, stop));
  };
  const std::int64_t count = spec.params.getInt("num_virtual_tokens");
  std::vector<std::int64_t> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  constexpr std::int64_t kMostDropped = 32, kOrders = 3;
  const std::int64_t dropped = count < 2 ? 0 : std::min(count, kMostDropped);
  for (std::int64_t k = 0; k < dropped; ++k) {
    std::vector<std::int64_t> left = all;
    left.erase(left.begin() + k * count / dropped);
    ask("drop/" + std::to_string(k * count / dropped + 1), {left, 0, {}});
  }
  for (std::int64_t k = 1; k <= kOrders && count > 1; ++k) {
    std::vector<std::int64_t> order = all;
    Random(Seed{spec.seed}.sub("virtual order").sub(std::to_string(k))).shuffle(order);
    ask("order/" + std::to_string(k), {order, 0, {}});
  }
  for (const int percent : {1, 5, 10})
    ask("noise_" + std::to_string(percent) + "/1",
        {all, percent / 100.0, Seed{spec.seed}.sub("virtual noise").sub(std::to_string(percent))});
}

void askWordings(const RunSpec& spec, const Dataset& data, const PreparedRun& prepared,
                 const LanguageModel& model, const StopToken& stop, const Answered& answered) {
  const bool all = spec.conditions.asksWordings;
  const std::vector<std::int64_t> rows =
      probes::panelRows(data, all ? probes::kMostItems : probes::kMostDisturbed);
  const std::int64_t shots = spec.params.has("shots") ? spec.params.getInt("shots") : 0;
  for (const Wording& wording :
       wordingPanel(spec.params.getString("template"),
                    labelWords(data.labels(), spec.params.getString("label_words")), shots)) {
    const bool ordered = wording.exampleOrder > 0 && wording.exampleOrder <= spec.conditions.orders;
    if (!all && !ordered) continue;
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
