#include "core/report/experiment_judge.h"
#include "core/report/number_text.h"

namespace attune {

Claim judgeNonsenseLabels(const ExperimentArms& arms) {
  Claim claim =
      unmeasuredClaim("nonsense_labels", "Compare a soft prompt with full fine-tuning to measure it.");
  claim.why =
      "Accuracy with the labels' own words minus accuracy with words that mean nothing (dax, wug, …), on the "
      "same test examples with the same seeds: what a method owes to the words that the base knows. "
      "Supported where the soft prompt owes them more than full fine-tuning; Student's t interval over "
      "examples and seeds.";
  claim.unit = "accuracy owed to the words, soft prompt minus reference, 0–1";
  const std::string reference = arms.referenceTitle();
  if (arms.arms.size() != 2 || reference.empty()) return claim;
  const auto owed = [&](const std::string& title, double sign) {
    return SeedGroup{
        {{sign, valuesOf(arms.find(0, title)->outcomes)}, {-sign, valuesOf(arms.find(1, title)->outcomes)}},
        ExperimentArms::assumedSpread(*arms.find(0, title))};
  };
  claim.picture =
      rowsPicture("What is lost with words that mean nothing", "points of accuracy, 95 % interval", 100);
  for (const std::string& title : arms.tunedTitles())
    addRow(claim.picture, title, arms.find(0, title)->slot, contrast({owed(title, 1)}));
  const auto told = [&](const std::string& title) {
    return title + " " + percentText(arms.find(0, title)->mean) + " with the labels' words and " +
           percentText(arms.find(1, title)->mean) + " with nonsense";
  };
  std::vector<Finding> findings;
  for (const std::string& prompt : arms.promptTitles()) {
    if (prompt == reference) continue;
    const Estimate difference = contrast({owed(prompt, 1), owed(reference, -1)});
    findings.push_back({wordOfDifference(difference, arms.smallestGap()),
                        told(prompt) + ", " + told(reference) + ": it owes the words " +
                            pointsText(difference.value) + " more (" +
                            pointsIntervalText(difference.low, difference.high) + ").",
                        difference});
  }
  settle(claim, findings);
  return claim;
}

}  // namespace attune
