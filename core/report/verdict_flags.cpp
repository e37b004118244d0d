#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/base/text.h"
#include "core/report/number_text.h"
#include "core/report/verdict_text.h"

namespace attune {
namespace {

// Findings about the data that make scores wrong or shaky, and how much.
int weightOfRule(const std::string& rule) {
  static const std::map<std::string, int> kWeights{
      {"split_overlap", 2},      {"one_label", 2},      {"conflicting_labels", 1}, {"rare_label", 1},
      {"label_in_one_split", 1}, {"label_variants", 1}, {"long_text", 1}};
  const auto found = kWeights.find(rule);
  return found == kWeights.end() ? 0 : found->second;
}

void addDataFlags(const DatasetRecord& dataset, std::vector<VerdictFlag>& flags) {
  if (!dataset.diagnostics.isArray()) return;
  struct Found {
    std::string message;
    int times = 0;
  };
  std::vector<std::string> order;
  std::map<std::string, Found> rules;
  for (const Json& diagnostic : dataset.diagnostics.items()) {
    const std::string rule = diagnostic.stringOr("rule", "");
    // The number of test examples has a flag of its own.
    if (rule == "few_test_rows" || diagnostic.stringOr("severity", "") == "info") continue;
    Found& found = rules[rule];
    if (found.times++ == 0) {
      order.push_back(rule);
      found.message = diagnostic.stringOr("message", "");
    }
  }
  for (const std::string& rule : order) {
    const Found& found = rules[rule];
    std::string text = "in the data: " + found.message;
    if (found.times > 1) text += " (and " + std::to_string(found.times - 1) + " more of this kind)";
    flags.push_back({text, weightOfRule(rule)});
  }
}

const MethodChoice* choiceOf(const Comparison& comparison, const Configuration& configuration) {
  for (const MethodChoice& choice : comparison.study.methods)
    if (choice.method == configuration.method && choice.title == configuration.title) return &choice;
  return nullptr;
}

// What was trained elsewhere may have been trained on the test examples.
void addImportedFlags(const Comparison& comparison, std::size_t recommended, std::size_t rival,
                      std::vector<VerdictFlag>& flags) {
  for (std::size_t c = 0; c < comparison.configurations.size(); ++c) {
    const MethodChoice* choice = choiceOf(comparison, comparison.configurations[c]);
    if (choice && choice->params.has(kAdapterSetting))
      flags.push_back({choice->title + " was not trained here: it may have seen the test examples",
                       c == recommended || c == rival ? 2 : 0});
  }
}

std::string seedsText(int seeds) { return seeds == 1 ? "1 seed" : std::to_string(seeds) + " seeds"; }

void addSeedFlags(const Comparison& comparison, std::vector<VerdictFlag>& flags) {
  int fewest = 0;
  int most = 0;
  std::vector<std::string> counts;
  for (const Configuration& configuration : comparison.configurations) {
    if (!configuration.seeded) continue;
    fewest = fewest == 0 ? configuration.n() : std::min(fewest, configuration.n());
    most = std::max(most, configuration.n());
    counts.push_back(configuration.title + " " + std::to_string(configuration.n()));
  }
  if (most == 0) return;
  if (fewest != most) flags.push_back({"not the same number of seeds: " + joinText(counts, ", "), 1});
  if (fewest == 1)
    flags.push_back({"training luck not measured: one seed; two more would show it", 1});
  else if (fewest == 2)
    flags.push_back({"training luck only roughly measured: 2 seeds", 1});
}

void addRunFlags(const Comparison& comparison, const std::vector<Run>& runs,
                 std::vector<VerdictFlag>& flags) {
  std::int64_t waiting = 0;
  std::set<std::string> warnings, products;
  bool sameBudget = true;
  for (const Run& run : runs) {
    std::string name = comparison.study.titleOf(run.spec);
    name += ", seed " + std::to_string(run.spec.seed);
    const std::string because = run.reason.empty() ? std::string() : ": " + run.reason;
    if (!isEnded(run.state)) ++waiting;
    if (run.state == RunState::kFailed || run.state == RunState::kDiverged ||
        run.state == RunState::kInterrupted)
      flags.push_back({name + " has no result (" + runStateName(run.state) + ")" + because, 1});
    if (run.state == RunState::kStopped) flags.push_back({name + " was stopped early" + because, 1});
    if (run.state == RunState::kCancelled) flags.push_back({name + " was discarded by the user", 0});
    if (const std::string used = run.environment.stringOr("training_products", ""); !used.empty())
      products.insert(used);
    sameBudget = sameBudget && run.spec.budget == runs.front().spec.budget;
    if (const Json* list = run.environment.find("warnings"); list && list->isArray())
      for (const Json& warning : list->items())
        if (warning.isString()) warnings.insert(warning.asString());
  }
  if (waiting > 0)
    flags.push_back({std::to_string(waiting) + (waiting == 1 ? " run has" : " runs have") +
                         " not ended: the numbers are provisional",
                     2});
  if (products.size() > 1) flags.push_back({"the runs were trained in different precisions", 0});
  if (!sameBudget) flags.push_back({"the runs had different budgets", 1});
  for (const std::string& warning : warnings) flags.push_back({warning, 0});
}

double largestShare(const std::vector<std::int64_t>& labels) {
  std::map<std::int64_t, double> counts;
  double most = 0;
  for (const std::int64_t label : labels) most = std::max(most, counts[label] += 1);
  return most / static_cast<double>(labels.size());
}

// More than 95 % of the answers are one label although the right answers are not.
void addCollapseFlags(const Comparison& comparison, std::vector<VerdictFlag>& flags) {
  std::vector<std::int64_t> right;
  for (const StoredExample& item : comparison.testItems) right.push_back(item.label);
  if (right.empty() || largestShare(right) > 0.95) return;
  for (std::size_t c = 1; c < comparison.configurations.size(); ++c) {
    const Configuration& configuration = comparison.configurations[c];
    std::size_t collapsed = 0;
    if (comparison.dataset.freeAnswers) continue;  // answers of its own are not one answer
    for (const auto& predicted : configuration.predicted) collapsed += largestShare(predicted) > 0.95;
    if (collapsed > 0)
      flags.push_back({configuration.title + " collapsed: " + std::to_string(collapsed) + " of " +
                           seedsText(configuration.n()) + " nearly always give the same answer",
                       0});
  }
}

}  // namespace

std::vector<VerdictFlag> findFlags(const Comparison& comparison, const std::vector<Run>& runs,
                                   const std::vector<std::string>& stillImproving, std::size_t recommended,
                                   std::size_t rival) {
  std::vector<VerdictFlag> flags;
  const auto items = static_cast<std::int64_t>(comparison.testItems.size());
  if (const Arm& arm = comparison.study.arm; arm.altered)
    flags.push_back({"not your task as it is, but altered by an experiment: " + arm.title, 2});
  if (items < 100)
    flags.push_back({"too few test examples: " + std::to_string(items) + ", at least 200 are wanted", 2});
  else if (items < 200)
    flags.push_back({"few test examples: " + std::to_string(items) + ", at least 200 are wanted", 1});
  if (comparison.skewed)
    flags.push_back(
        {"one label is most of the test examples: look at macro F1 and the calibration error too", 0});
  addDataFlags(comparison.dataset, flags);
  addSeedFlags(comparison, flags);
  addRunFlags(comparison, runs, flags);
  addCollapseFlags(comparison, flags);
  addImportedFlags(comparison, recommended, rival, flags);
  if (!stillImproving.empty())
    flags.push_back({"still improving when training ended: " + joinText(stillImproving, ", "), 1});
  if (comparison.testOpenings > 1)
    flags.push_back({"test set looked at " + std::to_string(comparison.testOpenings) + " times", 1});

  const std::size_t count = comparison.configurations.size();
  if (recommended < count && rival < count) {
    const Configuration& a = comparison.configurations[recommended];
    const Configuration& b = comparison.configurations[rival];
    const PairWord word = comparison.word(recommended, rival);
    const double gap = std::fabs(a.mean - b.mean);
    const double spread = std::max(a.spread, b.spread);
    if (word == PairWord::kNotEnoughData)
      flags.push_back({"not enough data to tell " + a.title + " from " + b.title, 1});
    if (spread > gap && gap > 0)
      flags.push_back({"the spread over seeds (" + formatFixed(spread * 100, 1) +
                           " points) is larger than the gap between " + a.title + " and " + b.title + " (" +
                           formatFixed(gap * 100, 1) + " points)",
                       word == PairWord::kNotEnoughData ? 0 : 1});
  }
  return flags;
}

std::string confidenceOf(const std::vector<VerdictFlag>& flags) {
  int weight = 0;
  for (const VerdictFlag& flag : flags) weight += flag.weight;
  return weight == 0 ? "high" : weight == 1 ? "moderate" : "low";
}

}  // namespace attune
