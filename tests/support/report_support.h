#pragma once

#include <stdlib.h>

#include <algorithm>
#include <filesystem>

#include <string>
#include <vector>

#include "core/base/hash.h"
#include "core/base/seed.h"
#include "core/report/compare_pairs.h"
#include "core/report/verdict_text.h"
#include "core/store/store.h"

// Invented studies for the tests of comparison and report: in a store, and by hand in memory.
namespace attune::test {

class ReportFolder {
 public:
  ReportFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "attune-report-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~ReportFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ReportFolder(const ReportFolder&) = delete;
  ReportFolder& operator=(const ReportFolder&) = delete;
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// One method of an invented study: how often it is right, and what it costs.
struct InventedMethod {
  std::string method;
  std::string title;
  double accuracy = 0.8;
  bool seeded = true;
  std::int64_t trainable = 0;
  double trainSeconds = 0;
  std::int64_t storedBytes = 0;
};

struct InventedStudy {
  std::string name = "Invented";
  std::string dataset = "messages";
  std::vector<std::string> labels{"calm", "angry"};
  std::string text = "message";
  std::vector<InventedMethod> methods{{"untuned", "Untuned", 0.60, false, 0, 0, 0},
                                      {"lora", "LoRA", 0.90, true, 290'000, 182, 1'200'000},
                                      {"full", "Full fine-tuning", 0.90, true, 60'500'000, 370, 242'000'000}};
  std::int64_t seeds = 3;
  int testRows = 60;
  Json diagnostics = Json::array();
};
// Eight methods, five seeds, 2,000 test rows.
inline InventedStudy largeStudy() {
  InventedStudy invented;
  invented.dataset = "large";
  invented.testRows = 2000;
  invented.seeds = 5;
  invented.methods.clear();
  for (const char* name :
       {"untuned", "few_shot", "linear_probe", "bitfit", "lora", "prompt_tuning", "prefix_tuning", "full"})
    invented.methods.push_back(
        {name, name, 0.6 + 0.04 * static_cast<double>(invented.methods.size()), true, 1000, 10, 5000});
  return invented;
}

struct FilledStudy {
  DatasetId dataset;
  StudyId study;
  std::vector<RunId> runs;
};

// Every method is right on the items whose luck is below its accuracy, a tenth of them re-drawn by seed: so
// the methods agree on easy and hard items as real ones do. Deterministic.
inline std::vector<Prediction> inventPredictions(const InventedStudy& invented, const InventedMethod& method,
                                                 std::uint64_t seed,
                                                 const std::vector<StoredExample>& items) {
  Random shared(Seed{5}.sub("items"));
  Random own(Seed{seed}.sub(method.title));
  std::vector<Prediction> predictions;
  const auto labels = static_cast<std::int64_t>(invented.labels.size());
  for (const StoredExample& item : items) {
    if (item.split != kTestSplit) continue;
    const double luck = shared.uniform();
    const double mine = own.uniform() < 0.1 ? own.uniform() : luck;
    const bool right = mine < method.accuracy;
    Prediction prediction{item.row, item.label, right ? item.label : (item.label + 1) % labels, {}};
    prediction.probabilities.assign(invented.labels.size(), 1.0F / static_cast<float>(labels));
    predictions.push_back(std::move(prediction));
  }
  return predictions;
}

inline std::vector<StoredExample> inventExamples(const InventedStudy& invented) {
  std::vector<StoredExample> examples;
  const auto add = [&](const char* split, int rows) {
    for (int i = 0; i < rows; ++i) {
      const auto row = static_cast<std::int64_t>(examples.size());
      // A little more than half have label 0.
      const std::int64_t label =
          i % 5 < 3 ? 0 : 1 + i % (static_cast<std::int64_t>(invented.labels.size()) - 1);
      examples.push_back({row, row + 2, split, invented.text + " " + std::to_string(row), label});
    }
  };
  add(kTrainSplit, 40);
  add(kValidationSplit, 20);
  add(kTestSplit, invented.testRows);
  return examples;
}

inline void finishRun(Store& store, RunId id, const InventedStudy& invented, const InventedMethod& method,
                      std::uint64_t seed, const std::vector<StoredExample>& examples) {
  store.claim(id, RunOwner::thisProcess());
  store.apply(id, RunStarted{100, method.trainable, 60'500'000,
                             Json().set("attune", "0.1.0").set("cpu", "Invented CPU").set("threads", 1)});
  if (method.trainable > 0)
    for (const int step : {25, 50, 75, 100})
      store.apply(
          id, RunScored{kValidationSplit, step, {{"accuracy", method.accuracy - 0.1 + 0.001 * step}}, false});
  const std::vector<Prediction> predictions = inventPredictions(invented, method, seed, examples);
  double right = 0;
  for (const Prediction& p : predictions) right += p.label == p.predicted;
  store.apply(id, RunScored{kValidationSplit, 100, {{"accuracy", method.accuracy}}, true});
  store.apply(
      id, RunScored{kTestSplit, 100, {{"accuracy", right / static_cast<double>(predictions.size())}}, true});
  store.apply(id, RunPredicted{kTestSplit, predictions});
  RunCost cost;
  cost.steps = method.trainable > 0 ? 100 : 0;
  cost.trainSeconds = method.trainSeconds;
  cost.peakBytes = 900'000'000;
  cost.storedBytes = method.storedBytes;
  cost.trainableParameters = method.trainable;
  cost.totalParameters = 60'500'000;
  cost.tokensPerSecond = 1000;
  cost.secondsPerPrediction = 0.004;
  store.apply(id, RunFinished{RunState::kFinished, "", cost});
}

// Fills `store`. The runs are finished, but for those whose index in the order of addRuns is in `leave`.
inline FilledStudy fillStore(Store& store, const InventedStudy& invented = {},
                             const std::vector<std::size_t>& leave = {}) {
  FilledStudy filled;
  const std::vector<StoredExample> examples = inventExamples(invented);
  DatasetRecord record;
  record.name = invented.dataset;
  record.source = "somewhere/messages.csv";
  record.hash = sha256(invented.dataset + invented.text);
  record.splitHash = sha256("split" + std::to_string(invented.testRows));
  record.labels = invented.labels;
  record.splitSizes = {{kTrainSplit, 40}, {kValidationSplit, 20}, {kTestSplit, invented.testRows}};
  record.diagnostics = invented.diagnostics;
  record.createdMs = 1'700'000'000'000;
  filled.dataset = store.addDataset(record, examples);

  Study study;
  study.name = invented.name;
  study.question = "Which method answers our messages best?";
  study.dataset = filled.dataset;
  study.datasetHash = record.hash;
  study.splitHash = record.splitHash;
  study.base = {"bundled", "base", sha256("base")};
  study.seeds = invented.seeds;
  study.repeatCommand = "attune-cli compare --data messages.csv --base bundled --seeds 3";
  study.createdMs = 1'709'208'000'000;  // 2024-02-29T12:00:00Z
  for (const InventedMethod& method : invented.methods) {
    MethodChoice choice{method.method, method.title, {}, method.seeded};
    choice.params.set("learning_rate", 0.001);
    choice.params.set("note", method.title);
    study.methods.push_back(choice);
  }
  filled.study = store.addStudy(study);
  const std::vector<RunSpec> specs = expand(study);
  filled.runs = store.addRuns(filled.study, specs);
  for (std::size_t k = 0; k < specs.size(); ++k) {
    if (std::find(leave.begin(), leave.end(), k) != leave.end()) continue;
    for (const InventedMethod& method : invented.methods)
      if (specs[k].params.getString("note") == method.title)
        finishRun(store, filled.runs[k], invented, method, specs[k].seed, examples);
  }
  return filled;
}

// A configuration by hand: which of the items each seed answers rightly. Labels are 0 and 1, the right one 0.
inline Configuration byHand(const std::string& method, const std::string& title, const Outcomes& outcomes,
                            std::int64_t trainable = 0, double trainSeconds = 0) {
  Configuration c;
  c.method = method;
  c.title = title;
  c.outcomes = outcomes;
  for (std::size_t s = 0; s < outcomes.size(); ++s) {
    c.runs.push_back(RunId{static_cast<std::int64_t>(s) + 1});
    c.seeds.push_back(s + 1);
    c.accuracies.push_back(meanAccuracy({outcomes[s]}));
    auto& predicted = c.predicted.emplace_back();
    for (const std::uint8_t right : outcomes[s]) predicted.push_back(right ? 0 : 1);
  }
  c.cost.trainableParameters = trainable;
  c.cost.totalParameters = 60'500'000;
  c.cost.steps = trainable > 0 ? 100 : 0;
  c.cost.trainSeconds = trainSeconds;
  return c;
}

// A comparison by hand of configurations whose first is the majority class; statistics and verdict are made.
inline Comparison compareByHand(std::vector<Configuration> configurations, double smallestGap = 0.01) {
  Comparison comparison;
  comparison.study.smallestGap = smallestGap;
  comparison.study.seeds = 1;
  for (std::size_t c = 0; c < configurations.size(); ++c) {
    configurations[c].slot = static_cast<int>(c);
    configurations[c].seeded =
        configurations[c].cost.trainableParameters > 0 && configurations[c].method != "bag_of_words";
    comparison.study.methods.push_back(
        {configurations[c].method, configurations[c].title, {}, configurations[c].seeded});
  }
  const auto items = static_cast<std::int64_t>(configurations.front().outcomes.front().size());
  for (std::int64_t i = 0; i < items; ++i)
    comparison.testItems.push_back({i, i + 2, kTestSplit, "text", i % 2});
  comparison.dataset.labels = {"calm", "angry"};
  comparison.configurations = std::move(configurations);
  comparison.complete = true;
  comparison.testOpenings = 1;
  compareConfigurations(comparison);
  comparison.verdict = makeVerdict(comparison, {}, {});
  return comparison;
}

// `right` ones of `items`, beginning with item `from` and going round.
inline std::vector<std::uint8_t> firstRight(std::size_t items, std::size_t right, std::size_t from = 0) {
  std::vector<std::uint8_t> row(items, 0);
  for (std::size_t k = 0; k < right; ++k) row[(from + k) % items] = 1;
  return row;
}

}  // namespace attune::test
