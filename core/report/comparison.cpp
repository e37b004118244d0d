#include "core/report/comparison.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/report/compare_pairs.h"
#include "core/report/number_text.h"
#include "core/report/verdict_text.h"

namespace attune {
namespace {

constexpr double kNotMeasured = std::numeric_limits<double>::quiet_NaN();

std::string nameOf(const Run& run) {
  return "run " + std::to_string(run.id.value) + " (" + run.spec.method + ", seed " +
         std::to_string(run.spec.seed) + ")";
}

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorKind::kIncomparable, "These runs cannot be ranked because " + message,
              "Run the methods again in one comparison: then data, split and base model are the same.");
}

void checkComparable(const Comparison& comparison, const std::vector<Run>& runs) {
  const Study& study = comparison.study;
  if (comparison.dataset.hash != study.datasetHash || comparison.dataset.splitHash != study.splitHash)
    refuse("the data or its split is not the one that the comparison was made for.");
  for (const Run& run : runs) {
    if (run.spec.datasetHash != study.datasetHash)
      refuse(nameOf(run) + " was trained on other data than the comparison.");
    if (run.spec.splitHash != study.splitHash)
      refuse(nameOf(run) + " used another split into training, validation and test.");
    // Methods that use no language model may leave the base out.
    if (run.spec.base.hash.empty() || run.spec.base.hash == study.base.hash) continue;
    refuse(run.spec.base.name == study.base.name
               ? nameOf(run) + " used the base model '" + study.base.name + "' when its files were others."
               : nameOf(run) + " used the base model '" + run.spec.base.name + "' and not '" +
                     study.base.name + "'.");
  }
}

// The predictions of a run in the order of the test items.
std::vector<std::int64_t> orderedPredictions(const Run& run, const std::vector<Prediction>& predictions,
                                             const std::vector<StoredExample>& items) {
  std::unordered_map<std::int64_t, const Prediction*> byRow;
  for (const Prediction& prediction : predictions) byRow[prediction.row] = &prediction;
  std::vector<std::int64_t> predicted;
  for (const StoredExample& item : items) {
    const auto found = byRow.find(item.row);
    if (found == byRow.end() || predictions.size() != items.size())
      refuse(nameOf(run) + " answered " + std::to_string(predictions.size()) + " test examples and not the " +
             std::to_string(items.size()) + " of the test split.");
    if (found->second->label != item.label)
      refuse(nameOf(run) + " was scored with another right answer for row " + std::to_string(item.row) + ".");
    predicted.push_back(found->second->predicted);
  }
  return predicted;
}

std::vector<std::string> orderedTexts(const std::vector<Prediction>& predictions,
                                      const std::vector<StoredExample>& items) {
  std::unordered_map<std::int64_t, const std::string*> byRow;
  for (const Prediction& prediction : predictions) byRow[prediction.row] = &prediction.text;
  std::vector<std::string> texts;
  for (const StoredExample& item : items) texts.push_back(*byRow.at(item.row));
  return texts;
}

// Of the answers that were given.
std::vector<float> orderedConfidences(const std::vector<Prediction>& predictions,
                                      const std::vector<StoredExample>& items) {
  std::unordered_map<std::int64_t, float> byRow;
  for (const Prediction& p : predictions) {
    const auto answer = static_cast<std::size_t>(std::max<std::int64_t>(0, p.predicted));
    byRow[p.row] = answer < p.probabilities.size() ? p.probabilities[answer] : 0;
  }
  std::vector<float> confidences;
  for (const StoredExample& item : items) {
    const auto found = byRow.find(item.row);
    confidences.push_back(found == byRow.end() ? 0 : found->second);
  }
  return confidences;
}

double scoreOr(const Run& run, const char* name, double fallback) {
  const auto found = run.scores.find(name);
  return found == run.scores.end() ? fallback : found->second;
}

void addAnswers(Configuration& configuration, const std::vector<StoredExample>& items,
                std::vector<std::int64_t> predicted) {
  auto& row = configuration.outcomes.emplace_back();
  std::int64_t right = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    row.push_back(items[i].label == predicted[i] ? 1 : 0);
    right += row.back();
  }
  configuration.accuracies.push_back(static_cast<double>(right) / static_cast<double>(items.size()));
  configuration.predicted.push_back(std::move(predicted));
}

RunCost meanCost(const std::vector<RunCost>& costs) {
  const auto mean = [&](auto member) {
    double sum = 0;
    for (const RunCost& cost : costs) sum += static_cast<double>(cost.*member);
    return sum / static_cast<double>(costs.size());
  };
  const auto whole = [&](auto member) { return static_cast<std::int64_t>(std::llround(mean(member))); };
  RunCost cost;
  if (costs.empty()) return cost;
  cost.trainSeconds = mean(&RunCost::trainSeconds);
  cost.evalSeconds = mean(&RunCost::evalSeconds);
  cost.activeSeconds = mean(&RunCost::activeSeconds);
  for (const RunCost& one : costs) cost.peakBytes = std::max(cost.peakBytes, one.peakBytes);
  cost.storedBytes = whole(&RunCost::storedBytes);
  cost.trainableParameters = whole(&RunCost::trainableParameters);
  cost.totalParameters = whole(&RunCost::totalParameters);
  cost.steps = whole(&RunCost::steps);
  cost.trainTokens = whole(&RunCost::trainTokens);
  cost.tokensPerSecond = mean(&RunCost::tokensPerSecond);
  cost.secondsPerPrediction = mean(&RunCost::secondsPerPrediction);
  cost.promptTokensPerRequest = mean(&RunCost::promptTokensPerRequest);
  cost.kernelEfficiency = mean(&RunCost::kernelEfficiency);
  cost.usefulShare = mean(&RunCost::usefulShare);
  cost.floorRatio = mean(&RunCost::floorRatio);
  // Not measured in a run that was interrupted.
  const auto measured =
      std::count_if(costs.begin(), costs.end(), [](const RunCost& c) { return c.energyJoules > 0; });
  if (measured > 0)
    cost.energyJoules =
        mean(&RunCost::energyJoules) * static_cast<double>(costs.size()) / static_cast<double>(measured);
  cost.executedFlops = mean(&RunCost::executedFlops);
  cost.gemmGflops = mean(&RunCost::gemmGflops);
  return cost;
}

// The choice's runs: with a result they become the configuration, the others are named.
Configuration gather(Store& store, const Comparison& comparison, const MethodChoice& choice,
                     const std::vector<Run>& runs) {
  Configuration configuration;
  configuration.method = choice.method;
  configuration.title = choice.title;
  configuration.seeded = choice.seeded;
  std::vector<std::pair<const Run*, std::vector<Prediction>>> done;
  for (const Run& run : runs) {
    if (run.spec.method != choice.method || run.spec.params != choice.params) continue;
    std::vector<Prediction> predictions;
    if (hasResult(run.state)) predictions = store.predictions(run.id, kTestSplit);
    if (predictions.empty()) {
      configuration.unfinished.push_back(run.id);
      configuration.provisional |= !isEnded(run.state);
    } else {
      done.emplace_back(&run, std::move(predictions));
    }
  }
  std::stable_sort(done.begin(), done.end(),
                   [](const auto& x, const auto& y) { return x.first->spec.seed < y.first->spec.seed; });
  const double share = 1 / static_cast<double>(std::max<std::size_t>(done.size(), 1));
  std::vector<RunCost> costs;
  std::vector<std::int64_t> labels;
  for (const StoredExample& item : comparison.testItems) labels.push_back(item.label);
  const bool sure = !comparison.dataset.freeAnswers &&
                    std::all_of(done.begin(), done.end(),
                                [](const auto& one) { return !one.second.front().probabilities.empty(); });
  for (const auto& [run, predictions] : done) {
    if (sure) configuration.confidences.push_back(orderedConfidences(predictions, comparison.testItems));
    configuration.runs.push_back(run->id);
    configuration.seeds.push_back(run->spec.seed);
    addAnswers(configuration, comparison.testItems,
               orderedPredictions(*run, predictions, comparison.testItems));
    if (comparison.dataset.freeAnswers) {
      configuration.texts.push_back(orderedTexts(predictions, comparison.testItems));
      configuration.macroF1 += share * scoreOr(*run, "test.token_f1", 0);
    } else {
      configuration.macroF1 +=
          share * scoreOr(*run, "test.macro_f1", macroF1(labels, configuration.predicted.back()));
    }
    for (const auto& [name, value] : run->scores)
      if (name.starts_with("test.")) configuration.scores[name.substr(5)] += share * value;
    configuration.validation += share * scoreOr(*run, "validation.accuracy", kNotMeasured);
    costs.push_back(run->cost);
  }
  configuration.cost = meanCost(costs);
  return configuration;
}

// Always the most frequent label of the training split; of several the one with the lowest index.
Configuration workOutMajority(Store& store, const Comparison& comparison) {
  std::vector<std::int64_t> counts(comparison.dataset.labels.size());
  for (const StoredExample& example : store.examples(comparison.study.dataset, kTrainSplit))
    ++counts.at(static_cast<std::size_t>(example.label));
  const auto label = std::max_element(counts.begin(), counts.end()) - counts.begin();
  Configuration majority;
  majority.method = "majority";
  majority.title = "Always ‘" + comparison.dataset.labels.at(static_cast<std::size_t>(label)) + "’";
  majority.runs = {RunId{}};
  majority.seeds = {comparison.study.firstSeed};
  const auto answers = std::vector<std::int64_t>(comparison.testItems.size(), label);
  std::vector<std::int64_t> right;
  for (const StoredExample& item : comparison.testItems) right.push_back(item.label);
  majority.macroF1 = comparison.dataset.freeAnswers ? 0 : macroF1(right, answers);
  addAnswers(majority, comparison.testItems, answers);
  double rows = 0;
  double hits = 0;
  for (const StoredExample& example : store.examples(comparison.study.dataset, kValidationSplit)) {
    rows += 1;
    hits += example.label == label;
  }
  majority.validation = rows > 0 ? hits / rows : kNotMeasured;
  return majority;
}

// Methods of most of whose runs the doctor says that they were still rising at the end.
std::vector<std::string> stillImproving(const Comparison& comparison, const std::vector<Run>& runs) {
  std::vector<std::string> titles;
  for (const Configuration& configuration : comparison.configurations) {
    std::size_t rising = 0;
    for (const Run& run : runs)
      if (std::find(configuration.runs.begin(), configuration.runs.end(), run.id) != configuration.runs.end())
        rising += std::any_of(run.findings.begin(), run.findings.end(),
                              [](const RunFinding& finding) { return finding.rule == "still_rising"; });
    if (2 * rising > configuration.runs.size()) titles.push_back(configuration.title);
  }
  return titles;
}

}  // namespace

Comparison Comparison::load(Store& store, StudyId id, bool bootstrap) {
  Comparison comparison;
  comparison.study = store.study(id);
  comparison.dataset = store.dataset(comparison.study.dataset);
  const std::vector<Run> runs = store.runs(id);
  checkComparable(comparison, runs);
  comparison.testItems = store.examples(comparison.study.dataset, kTestSplit);
  if (comparison.testItems.empty())
    throw Error(ErrorKind::kInvalidInput,
                "the dataset '" + comparison.dataset.name + "' has no test examples",
                "Import it with a test split: methods are compared on examples that none of them has seen.");

  Configuration majority;
  std::vector<Configuration> others;
  int slot = 0;
  for (const MethodChoice& choice : comparison.study.methods) {
    Configuration configuration = gather(store, comparison, choice, runs);
    configuration.slot = choice.method == "majority" ? 0 : ++slot;
    if (configuration.runs.empty()) continue;
    if (choice.method == "majority" && majority.runs.empty())
      majority = std::move(configuration);
    else
      others.push_back(std::move(configuration));
  }
  if (majority.runs.empty()) majority = workOutMajority(store, comparison);
  comparison.configurations.push_back(std::move(majority));
  for (Configuration& configuration : others) comparison.configurations.push_back(std::move(configuration));

  for (const Run& run : runs)
    if (run.state == RunState::kFailed || run.state == RunState::kDiverged ||
        run.state == RunState::kInterrupted)
      comparison.failed.push_back(run);
  comparison.complete =
      std::all_of(runs.begin(), runs.end(), [](const Run& run) { return isEnded(run.state); });
  comparison.testOpenings = store.testOpenings(comparison.study.splitHash);
  compareConfigurations(comparison, bootstrap);
  comparison.skewed = isSkewed(comparison);
  if (comparison.skewed) {
    std::vector<std::int64_t> labels;
    for (const StoredExample& item : comparison.testItems) labels.push_back(item.label);
    for (Configuration& configuration : comparison.configurations)
      configuration.side = sideScores(labels, configuration.predicted, configuration.confidences);
  }
  comparison.verdict = makeVerdict(comparison, runs, stillImproving(comparison, runs));
  return comparison;
}

const ConfigurationPair* Comparison::pair(std::size_t a, std::size_t b) const {
  for (const ConfigurationPair& pair : pairs)
    if ((pair.a == a && pair.b == b) || (pair.a == b && pair.b == a)) return &pair;
  return nullptr;
}

PairWord Comparison::word(std::size_t a, std::size_t b) const {
  const ConfigurationPair* found = pair(a, b);
  if (!found) return a == b ? PairWord::kNoClearDifference : PairWord::kNotEnoughData;
  if (found->a == a) return found->word;
  if (found->word == PairWord::kBetter) return PairWord::kWorse;
  if (found->word == PairWord::kWorse) return PairWord::kBetter;
  return found->word;
}

std::string mainMetricTitle(const Comparison& comparison) {
  return comparison.dataset.freeAnswers ? "Exact match" : "Accuracy";
}

std::string sideMetricTitle(const Comparison& comparison) {
  return comparison.dataset.freeAnswers ? "Token F1" : "Macro F1";
}

std::vector<std::pair<std::string, std::string>> furtherScores(const Comparison& comparison,
                                                               const Configuration& configuration) {
  if (comparison.skewed) {
    const SideScores& side = configuration.side;
    const Interval& calibration = side.calibrationInterval;
    return {{"Macro F1, 95 %", percentIntervalText(side.macroF1Interval.low, side.macroF1Interval.high)},
            {"Calibration error", std::isfinite(side.calibrationError)
                                      ? percentText(side.calibrationError) + " (" +
                                            percentIntervalText(calibration.low, calibration.high) + ")"
                                      : "–"}};
  }
  if (!comparison.dataset.freeAnswers) return {};
  const auto score = [&](const char* name) {
    const auto found = configuration.scores.find(name);
    return found == configuration.scores.end() || found->second == 0 ? -1.0 : found->second;
  };
  const double rouge = score("rouge_l"), perplexity = score("perplexity");
  return {{"ROUGE-L", rouge < 0 ? "–" : percentText(rouge)},
          {"Perplexity", perplexity < 0 ? "–" : formatFixed(perplexity, 2)}};
}

std::string answerText(const Comparison& comparison, const Configuration& configuration, std::size_t item) {
  const std::int64_t label = majorityVote(configuration, item).label;
  const auto& labels = comparison.dataset.labels;
  // The text of the first seed that gave the answer; the majority class has none of its own.
  for (std::size_t seed = 0; seed < configuration.texts.size(); ++seed)
    if (configuration.predicted[seed][item] == label) return configuration.texts[seed][item];
  return label >= 0 && static_cast<std::size_t>(label) < labels.size()
             ? labels[static_cast<std::size_t>(label)]
             : "?";
}

}  // namespace attune
