#include <algorithm>
#include <cmath>
#include <optional>

#include "core/report/experiment_judge.h"
#include "core/report/learning_curve.h"
#include "core/report/number_text.h"

namespace attune {
namespace {

std::string rowsText(double rows) { return wholeText(std::llround(rows)); }
std::string signedRowsText(double rows) { return (rows < 0 ? "−" : "+") + rowsText(std::fabs(rows)); }

// Nine tenths of the way from the most frequent label to the best method on all rows.
double targetAccuracy(const Comparison& all) {
  double best = 0, least = 0;
  for (const Configuration& c : all.configurations) {
    best = std::max(best, c.mean);
    if (c.method == "majority") least = c.mean;
  }
  return least + 0.9 * (best - least);
}

// Where the reference goes past the prompt, and how many rows the prompt saves, with intervals.
std::string rowsBetweenText(const ExperimentArms& arms, const std::string& prompt,
                            const std::string& reference, const std::vector<double>& rows) {
  std::vector<const Outcomes*> set;
  for (const std::string& title : {prompt, reference})
    for (std::size_t k = 0; k < rows.size(); ++k) set.push_back(&arms.find(k, title)->outcomes);
  const auto draws = bootstrapMeans(set, {2000, Seed{20240229}, 0.95});
  const std::size_t sizes = rows.size();
  // The reference minus the prompt, where the first half of `means` is the prompt's.
  const auto gapsOf = [&](const std::vector<double>& means) {
    std::vector<double> gaps;
    for (std::size_t k = 0; k < sizes; ++k) gaps.push_back(means[k + sizes] - means[k]);
    return gaps;
  };
  const auto savedBy = [&](const std::vector<double>& means) {
    const auto half = means.begin() + static_cast<std::ptrdiff_t>(sizes);
    return rowsSaved(rows, {means.begin(), half}, {half, means.end()});
  };
  std::vector<double> found, saved;
  for (std::size_t draw = 0; draw < draws.front().size(); ++draw) {
    std::vector<double> means;
    for (const auto& drawn : draws) means.push_back(drawn[draw]);
    if (const auto at = crossing(rows, gapsOf(means))) found.push_back(*at);
    if (const auto fewer = savedBy(means)) saved.push_back(*fewer);
  }
  std::vector<double> means;
  for (const Outcomes* outcomes : set) means.push_back(meanAccuracy(*outcomes));
  std::string text;
  if (const auto fewer = savedBy(means); fewer && saved.size() * 2 >= draws.front().size()) {
    const Interval interval = percentileInterval(std::move(saved));
    text = " For the accuracies that both reach it needs " + rowsText(std::fabs(*fewer)) +
           (*fewer >= 0 ? " rows fewer (95 %: " : " rows more (95 %: ") + signedRowsText(-interval.high) +
           " to " + signedRowsText(-interval.low) + ").";
  } else {
    text = " They reach no accuracy in common.";
  }
  const auto at = crossing(rows, gapsOf(means));
  if (!at || found.size() * 2 < draws.front().size()) return text + " No crossover in this range.";
  const Interval interval = percentileInterval(std::move(found));
  return text + " " + reference + " goes past it at about " + rowsText(*at) +
         " rows (95 %: " + rowsText(interval.low) + " to " + rowsText(interval.high) + ").";
}

}  // namespace

Claim judgeDataEfficiency(const ExperimentArms& arms) {
  Claim claim =
      unmeasuredClaim("data_efficiency",
                      "Compare a soft prompt with full fine-tuning over three sizes or more to measure it.");
  claim.why =
      "Accuracy on the same test split after training on nested subsets of the training rows, balanced by "
      "label and drawn anew with every seed, with as many steps for each size. The curves' means over the "
      "logarithm of the rows are compared (area under the learning curve), paired on the examples; Student's "
      "t interval over examples and seeds. Supported where the soft prompt's is higher. The crossover is "
      "where the mean curves meet; rows saved are the mean difference in rows over the accuracies that both "
      "curves, made never to fall, reach; their intervals are from 2,000 bootstrap draws over examples and "
      "seeds. The accuracy to be reached is nine tenths of the way from the most frequent label to the best "
      "method on all rows.";
  claim.unit = "mean accuracy over log2 rows, soft prompt minus reference, 0–1";
  const std::string reference = arms.referenceTitle();
  std::vector<double> rows;
  for (const Comparison& arm : arms.arms) rows.push_back(arm.study.arm.value);
  if (rows.size() < 2 || reference.empty()) return claim;
  const std::vector<double> weights = curveWeights(rows);
  const auto group = [&](const std::string& title, double sign) {
    SeedGroup seeds{{}, ExperimentArms::assumedSpread(*arms.find(0, title))};
    for (std::size_t k = 0; k < rows.size(); ++k)
      seeds.parts.push_back({sign * weights[k], valuesOf(arms.find(k, title)->outcomes)});
    return seeds;
  };
  std::vector<Finding> findings;
  for (const std::string& prompt : arms.promptTitles()) {
    if (prompt == reference) continue;
    const Estimate area = contrast({group(prompt, 1), group(reference, -1)});
    const double first = arms.find(0, prompt)->mean - arms.find(0, reference)->mean;
    const double last =
        arms.find(rows.size() - 1, prompt)->mean - arms.find(rows.size() - 1, reference)->mean;
    findings.push_back({wordOfDifference(area, arms.smallestGap()),
                        prompt + " minus " + reference + ", mean over the curve: " + pointsText(area.value) +
                            " (" + pointsIntervalText(area.low, area.high) + "); with " +
                            rowsText(rows.front()) + " rows " + pointsText(first) + ", with " +
                            rowsText(rows.back()) + " " + pointsText(last) + "." +
                            rowsBetweenText(arms, prompt, reference, rows),
                        area});
  }
  settle(claim, findings);
  const double target = targetAccuracy(arms.arms.back());
  std::string needed;
  for (const std::string& title : arms.tunedTitles()) {
    std::vector<double> lows;
    for (std::size_t k = 0; k < rows.size(); ++k) lows.push_back(arms.find(k, title)->low);
    const auto at = rowsForTarget(rows, lows, target);
    needed += (needed.empty() ? " " : ", ") + title + " " +
              (at ? rowsText(*at) : "more than " + rowsText(rows.back()));
  }
  if (!findings.empty())
    claim.effect +=
        " Rows that surely give " + percentText(target) + " (lower end of the interval):" + needed + ".";
  claim.picture = linesPicture("Right answers by training rows", "training rows (log)", "correct answers (%)",
                               true, false, 100);
  for (const std::string& title : arms.tunedTitles()) {
    PictureSeries series{title, arms.find(0, title)->slot, {}};
    for (std::size_t k = 0; k < rows.size(); ++k) {
      const Configuration& c = *arms.find(k, title);
      series.points.push_back({rows[k], {c.mean, c.low, c.high}});
    }
    claim.picture.series.push_back(std::move(series));
  }
  return claim;
}

}  // namespace attune
