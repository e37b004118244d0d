#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "core/base/text.h"
#include "core/report/experiment_judge.h"
#include "core/report/learning_curve.h"
#include "core/report/number_text.h"

namespace attune {
namespace {

double deviation(const std::vector<double>& values) {
  double mean = 0, squares = 0;
  const auto n = static_cast<double>(values.size());
  for (const double value : values) mean += value / n;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return n < 2 ? 0 : std::sqrt(squares / (n - 1));
}

// How far the accuracy moves with the set of examples (each the mean of its orders), and with their order:
// standard deviations; nothing where one set or no further order was asked.
struct Spread {
  double sets = 0, orders = 0;
  std::size_t setCount = 0, orderCount = 0;
};
std::optional<Spread> spreadOf(const ExperimentArms& arms, const Configuration& shown) {
  std::vector<double> sets;
  double within = 0;
  Spread spread;
  for (const RunId run : shown.runs) {
    std::vector<double> accuracies;
    std::set<std::int64_t> rows;
    const auto add = [&](const std::vector<Prediction>& predictions) {
      double right = 0, asked = 0;
      for (const Prediction& p : predictions) {
        if (!rows.contains(p.row)) continue;
        right += p.predicted == p.label;
        asked += 1;
      }
      if (asked > 0) accuracies.push_back(right / asked);
    };
    for (const std::string& name : arms.store.predictionNames(run)) {
      if (!name.starts_with(std::string(kWordingPrefix) + "example_order/")) continue;
      const std::vector<Prediction> predictions = arms.store.predictions(run, name);
      for (const Prediction& p : predictions) rows.insert(p.row);
      add(predictions);
    }
    if (accuracies.empty()) return std::nullopt;
    add(arms.store.predictions(run, kTestSplit));
    spread.orderCount = accuracies.size();
    within += std::pow(deviation(accuracies), 2);
    double mean = 0;
    for (const double accuracy : accuracies) mean += accuracy / static_cast<double>(accuracies.size());
    sets.push_back(mean);
  }
  if (sets.size() < 2) return std::nullopt;
  spread.sets = deviation(sets);
  spread.setCount = sets.size();
  spread.orders = std::sqrt(within / static_cast<double>(sets.size()));
  return spread;
}

std::string spreadText(const ExperimentArms& arms) {
  std::string text, counts;
  for (const Configuration& c : arms.arms.front().configurations) {
    if (!c.runs.front()) continue;
    const auto spread = spreadOf(arms, c);
    if (!spread) continue;
    counts = std::to_string(spread->setCount) + " sets, " + std::to_string(spread->orderCount) + " orders";
    text += (text.empty() ? "" : ", ") + c.title + " " + formatFixed(spread->sets * 100, 1) + " and " +
            formatFixed(spread->orders * 100, 1);
  }
  return text.empty() ? text
                      : " With other examples and with another order of the same (" + counts +
                            ") it moves by: " + text + " points.";
}

}  // namespace

Claim judgeShots(const ExperimentArms& arms) {
  Claim claim = unmeasuredClaim("shots", "Compare few-shot prompts with a trained method to measure it.");
  claim.why =
      "Few-shot prompts with 0 to 16 examples, another set in another order with every seed, against a "
      "method that is trained on nested subsets of the training rows. The number of examples is chosen on "
      "validation. Supported where the best few-shot prompt is not worse, on the same test examples, than "
      "training on all rows by more than the smallest gap that matters; Student's t interval over examples "
      "and seeds. The rows that the examples are worth are where the trained method's mean curve reaches the "
      "same accuracy. "
      "Spread: standard deviation of the accuracy over sets of examples, each the mean of its orders, and "
      "over the orders of one set, on at most 200 test examples.";
  claim.unit = "accuracy of the best few-shot prompt minus training on all rows, 0–1";
  if (arms.arms.size() < 2) return claim;
  const Configuration* best = nullptr;
  PictureSeries shown{"Few-shot, by examples", 0, {}};
  for (const Configuration& c : arms.arms.front().configurations) {
    if (!c.runs.front()) continue;
    if (!best || c.validation > best->validation) best = &c;
    const double shots = static_cast<double>(arms.run(0, c.runs.front()).spec.params.getInt("shots"));
    if (shots > 0) shown.points.push_back({shots, {c.mean, c.low, c.high}});
  }
  if (!best) return claim;
  claim.picture = linesPicture("Examples shown and rows trained on", "examples shown, or training rows (log)",
                               "correct answers (%)", true, false, 100);
  claim.picture.series.push_back(shown);
  std::vector<Finding> findings;
  int slot = 0;
  for (const MethodChoice& choice : arms.arms.back().study.methods) {
    std::vector<double> rows, means;
    PictureSeries series{choice.title + ", by training rows", ++slot, {}};
    for (std::size_t arm = 1; arm < arms.arms.size(); ++arm) {
      const Configuration* c = arms.find(arm, choice.title);
      if (!c) continue;
      rows.push_back(arms.arms[arm].study.arm.value);
      means.push_back(best->mean - c->mean);
      series.points.push_back({rows.back(), {c->mean, c->low, c->high}});
    }
    const Configuration* all = arms.find(arms.arms.size() - 1, choice.title);
    if (rows.empty() || !all) continue;
    claim.picture.series.push_back(std::move(series));
    const Estimate difference =
        contrast({{{{1, valuesOf(best->outcomes)}}, ExperimentArms::assumedSpread(*best)},
                  {{{-1, valuesOf(all->outcomes)}}, ExperimentArms::assumedSpread(*all)}});
    const auto at = crossing(rows, means);
    const std::string worth =
        at ? "worth about " + wholeText(std::llround(*at)) + " training rows"
        : means.front() <= 0
            ? "worth fewer than " + wholeText(std::llround(rows.front())) + " training rows"
            : "worth more than all " + wholeText(std::llround(rows.back())) + " training rows";
    findings.push_back(
        {difference.low > -arms.smallestGap()                            ? ClaimWord::kSupported
         : difference.high < 0 && difference.value < -arms.smallestGap() ? ClaimWord::kRefuted
                                                                         : ClaimWord::kNotSettled,
         "The best few-shot prompt by validation (" + best->title + ") answers " + percentText(best->mean) +
             " correctly, " + choice.title + " on all rows " + percentText(all->mean) + ": " +
             pointsText(difference.value) + " (" + pointsIntervalText(difference.low, difference.high) +
             "). The examples are " + worth + ".",
         difference});
  }
  settle(claim, findings);
  if (!findings.empty()) claim.effect += spreadText(arms);
  return claim;
}

}  // namespace attune
