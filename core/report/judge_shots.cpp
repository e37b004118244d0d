#include <algorithm>
#include <cmath>

#include "core/report/experiment_judge.h"
#include "core/report/learning_curve.h"
#include "core/report/number_text.h"

namespace attune {

Claim judgeShots(const ExperimentArms& arms) {
  Claim claim = unmeasuredClaim("shots", "Compare few-shot prompts with a trained method to measure it.");
  claim.why =
      "Few-shot prompts with 0 to 16 examples, another set in another order with every seed, against a "
      "method "
      "that is trained on nested subsets of the training rows. The number of examples is chosen on "
      "validation. "
      "Supported where the best few-shot prompt is not worse, on the same test examples, than training on "
      "all rows by more "
      "than the smallest gap that matters; Student's t interval over examples and seeds. The rows that the "
      "examples are worth are where the trained method's mean curve reaches the same accuracy.";
  claim.unit = "accuracy of the best few-shot prompt minus training on all rows, 0–1";
  if (arms.arms.size() < 2) return claim;
  const Configuration* best = nullptr;
  PictureSeries shown{"Few-shot, by examples shown", 0, {}};
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
  return claim;
}

}  // namespace attune
