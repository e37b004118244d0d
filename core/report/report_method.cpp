#include <algorithm>
#include <cmath>

#include "core/base/text.h"
#include "core/report/number_text.h"
#include "core/report/report_parts.h"

namespace attune {
namespace {

std::string fileName(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

std::int64_t sizeOf(const DatasetRecord& dataset, const char* split) {
  const auto found = dataset.splitSizes.find(split);
  return found == dataset.splitSizes.end() ? 0 : found->second;
}

std::string rowsText(std::int64_t rows) { return wholeText(rows) + (rows == 1 ? " row" : " rows"); }

std::string seedsText(const Study& study) {
  std::vector<std::string> seeds;
  for (std::int64_t k = 0; k < study.seeds; ++k)
    seeds.push_back(std::to_string(study.firstSeed + static_cast<std::uint64_t>(k)));
  return joinText(seeds, ", ");
}

ReportTable settingsTable(const Study& study) {
  ReportTable table{
      "Methods with all their settings", {"Method", "Setting", "Value"}, {false, false, false}, {}};
  for (const MethodChoice& choice : study.methods) {
    if (choice.params.values().empty()) table.rows.push_back({choice.title, "–", "no settings"});
    for (const auto& [name, value] : choice.params.values())
      table.rows.push_back({choice.title, name, formatParamValue(value)});
  }
  return table;
}

double score(const Run& run, const char* name) {
  const auto found = run.scores.find(name);
  return found == run.scores.end() ? std::nan("") : found->second;
}

ReportTable runsTable(const Comparison& comparison, const std::vector<Run>& runs) {
  ReportTable table{
      "Every run, also those that failed",
      {"Run", "Method", "Seed", "State", "Test", "Validation", "Training time", "Peak memory", "Reason"},
      {true, false, true, false, true, true, true, true, false},
      {}};
  for (const Run& run : runs)
    table.rows.push_back(
        {std::to_string(run.id.value), comparison.study.titleOf(run.spec), std::to_string(run.spec.seed),
         runStateName(run.state), percentText(score(run, "test.accuracy")),
         percentText(score(run, "validation.accuracy")), durationText(run.cost.knownTrainSeconds()),
         run.cost.peakBytes > 0 ? bytesText(run.cost.peakBytes) : "–",
         run.reason.empty() ? "–" : run.reason});
  return table;
}

ReportTable pairsTable(const Comparison& comparison) {
  ReportTable table{"Every two methods on the same test examples",
                    {"First", "Second", "Difference", "95 % interval", "Corrected interval", "Adjusted p",
                     "McNemar p", "Only first right", "Only second right", "First is"},
                    {false, false, true, true, true, true, true, true, true, false},
                    {}};
  for (const ConfigurationPair& pair : comparison.pairs)
    table.rows.push_back({comparison.configurations[pair.a].title, comparison.configurations[pair.b].title,
                          pointsText(pair.difference.mean),
                          pointsIntervalText(pair.difference.interval.low, pair.difference.interval.high),
                          pointsIntervalText(pair.corrected.low, pair.corrected.high),
                          probabilityText(pair.adjustedP), probabilityText(pair.mcnemarP),
                          wholeText(pair.onlyA), wholeText(pair.onlyB),
                          pairWordSymbol(pair.word) + " " + pairWordText(pair.word)});
  return table;
}

ReportTable checksTable(const DatasetRecord& dataset) {
  ReportTable table{
      "What the checks of the data found", {"Finding", "Severity", "Line"}, {false, false, true}, {}};
  if (dataset.diagnostics.isArray())
    for (const Json& d : dataset.diagnostics.items()) {
      const std::int64_t line = d.intOr("row", -1);
      table.rows.push_back({d.stringOr("message", d.stringOr("rule", "")), d.stringOr("severity", ""),
                            line > 0 ? std::to_string(line) : "–"});
    }
  if (table.rows.empty()) table.rows.push_back({"nothing", "–", "–"});
  return table;
}

ReportTable reasonsTable(const Verdict& verdict) {
  ReportTable table{"Why the answer says what it says", {"Sentence", "Reason"}, {false, false}, {}};
  for (const VerdictSentence& sentence : verdict.sentences)
    table.rows.push_back({sentence.text, sentence.why});
  return table;
}

// A fact of the environment as all runs have it; where they differ, every value once.
void addEnvironment(const std::vector<Run>& runs, ReportTable& table) {
  std::vector<std::string> keys;
  for (const Run& run : runs)
    if (run.environment.isObject())
      for (const auto& [key, value] : run.environment.members())
        if (key != "warnings" && std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  for (const std::string& key : keys) {
    std::vector<std::string> values;
    for (const Run& run : runs)
      if (const Json* value = run.environment.find(key)) {
        const std::string text = value->isString() ? value->asString() : value->dump();
        if (std::find(values.begin(), values.end(), text) == values.end()) values.push_back(text);
      }
    table.rows.push_back({key, joinText(values, " / ")});
  }
}

}  // namespace

ReportSection methodSection(const ReportSource& source) {
  const Comparison& c = source.comparison;
  const Study& study = c.study;
  ReportSection section;
  section.heading = "How it was done";
  auto& say = section.paragraphs;
  say.push_back("Data: ‘" + c.dataset.name + "’, file " + fileName(c.dataset.source) + ", labels " +
                joinText(c.dataset.labels, ", ") + ". Split: training " +
                rowsText(sizeOf(c.dataset, kTrainSplit)) + ", validation " +
                rowsText(sizeOf(c.dataset, kValidationSplit)) + ", test " +
                rowsText(sizeOf(c.dataset, kTestSplit)) + ".");
  say.push_back("Base model: " + study.base.name + ". Preset: " + study.preset + ". Device: " + study.device +
                ".");
  std::string budget = "Every method had the same training rows, the same seeds and the same limits";
  if (study.budget.maxSteps > 0) budget += "; at most " + wholeText(study.budget.maxSteps) + " steps a run";
  if (study.budget.trainRows > 0) budget += "; " + wholeText(study.budget.trainRows) + " training rows used";
  if (study.budget.search > 1)
    budget += "; every trained method tried " + wholeText(study.budget.search) +
              " learning rates in every run, from its own by the same factors, and kept the best by "
              "validation; its training time is that of all";
  say.push_back(budget + ". Methods whose result no seed changes ran once.");
  say.push_back(
      "What a run kept was chosen on the validation split alone. The test split was used once a run, at the "
      "end; it has been opened by " +
      std::to_string(c.testOpenings) + (c.testOpenings == 1 ? " comparison." : " comparisons."));
  say.push_back(
      "Intervals are 95 %: Wilson's for one run; for several, Wilson's for as many independent answers as "
      "would vary as much over seeds and test examples, with Student's t for how few the seeds are. "
      "Differences are paired on the test examples (Newcombe's square-and-add of these limits). “Better” and "
      "“worse” need an interval that, corrected by Holm's method for all pairs, excludes 0 (with one seed "
      "each the exact McNemar test must agree), and a gap above " +
      formatFixed(study.smallestGap * 100, 1) + " points, the smallest that matters to you.");
  section.figures = {"curves"};
  section.tables.push_back(reasonsTable(c.verdict));
  section.tables.push_back(pairsTable(c));
  section.tables.push_back(settingsTable(study));
  section.tables.push_back(runsTable(c, source.runs));
  section.tables.push_back(checksTable(c.dataset));
  return section;
}

ReportSection limitsSection(const ReportSource& source) {
  const Comparison& c = source.comparison;
  ReportSection section;
  section.heading = "Limits";
  const auto items = static_cast<std::int64_t>(c.testItems.size());
  section.paragraphs.push_back(
      "With " + wholeText(items) + " test examples, a typical pair of these methods must differ by about " +
      formatFixed(c.detectableGap * 100, 1) + " points for the difference to be found four times in five.");
  section.paragraphs.push_back(
      "The numbers hold for texts like those of the test split, for this base model (" + c.study.base.name +
      ") and for these settings. A larger base model can change the order, above all for soft prompts.");
  section.paragraphs.push_back(
      "Times and memory were measured on the computer named below; on another one they differ. Energy was "
      "not measured.");
  if (!c.failed.empty())
    section.paragraphs.push_back(
        "Runs without a result are left out of the means; they are in the table of runs.");
  if (!c.complete)
    section.paragraphs.push_back("Provisional: some runs had not ended when this was written.");
  return section;
}

ReportSection provenanceSection(const ReportSource& source) {
  const Comparison& c = source.comparison;
  ReportSection section;
  section.heading = "Where the numbers come from";
  ReportTable table{"Provenance", {"What", "Value"}, {false, false}, {}};
  table.rows = {{"Study", c.study.name + " (" + std::to_string(c.study.id.value) + ")"},
                {"Made", dateText(c.study.createdMs)},
                {"Attune", ATTUNE_VERSION},
                {"Data (SHA-256)", c.study.datasetHash},
                {"Split (SHA-256)", c.study.splitHash},
                {"Base model (SHA-256)", c.study.base.hash},
                {"Seeds", seedsText(c.study)},
                {"Seed of the bootstrap", std::to_string(BootstrapOptions{}.seed.value)}};
  addEnvironment(source.runs, table);
  table.rows.push_back(
      {"Command that repeats it", c.study.repeatCommand.empty() ? "–" : c.study.repeatCommand});
  section.tables.push_back(std::move(table));
  return section;
}

}  // namespace attune
