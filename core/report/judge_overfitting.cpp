#include <algorithm>
#include <map>

#include "core/report/experiment_judge.h"
#include "core/report/number_text.h"

namespace attune {
namespace {

// Right answers to the training rows by seed, of rows that were taught their own label and of the others how
// often the wrong label that was taught is given.
struct Lesson {
  Values right;              // [seed][row], by the true labels
  double memorised = 0;      // share of wrongly taught rows that are answered as taught
  double lastMinusBest = 0;  // validation accuracy at the last step minus the best
};

Lesson lessonOf(const ExperimentArms& arms, std::size_t arm, const Configuration& configuration) {
  Lesson lesson;
  double flipped = 0, asTaught = 0;
  for (const RunId id : configuration.runs) {
    const Run& run = arms.run(arm, id);
    const double share = run.spec.conditions.flippedLabels;
    const auto labels = static_cast<std::int64_t>(arms.arms[arm].dataset.labels.size());
    auto& row = lesson.right.emplace_back();
    for (const Prediction& p : arms.store.predictions(id, kTrainSplit)) {
      row.push_back(p.predicted == p.label);
      const std::int64_t taught = taughtLabel(p.row, p.label, labels, share, run.spec.seed);
      if (taught == p.label) continue;
      flipped += 1;
      asTaught += p.predicted == taught;
    }
    double best = 0, last = 0;
    for (const RunScored& look : arms.store.validationCurve(id)) {
      const auto accuracy = look.scores.find("accuracy");
      if (look.isFinal || accuracy == look.scores.end()) continue;
      last = accuracy->second;
      best = std::max(best, last);
    }
    lesson.lastMinusBest += (last - best) / static_cast<double>(configuration.runs.size());
  }
  lesson.memorised = flipped > 0 ? asTaught / flipped : 0;
  return lesson;
}

}  // namespace

Claim judgeOverfitting(const ExperimentArms& arms) {
  Claim claim = unmeasuredClaim("overfitting", "Compare a soft prompt with full fine-tuning to measure it.");
  claim.why =
      "The gap is the share of right answers to the training rows minus that to the test rows, of the state "
      "that validation chose; gaps are compared by Student's t interval over training rows, test rows and "
      "seeds. Supported where full fine-tuning's gap is larger. Beside it a training in which a fifth of the "
      "labels, drawn by the seed, is wrong (validation and test stay right): memorised is the share of these "
      "rows that are answered as they were taught.";
  claim.unit = "gap between training and test rows, reference minus soft prompt, 0–1";
  const std::string reference = arms.referenceTitle();
  if (reference.empty()) return claim;
  struct Measured {
    SeedGroup gap;
    Estimate alone;
    double memorised = 0, lost = 0, right = 0, rightFlipped = 0;
  };
  std::map<std::string, Measured> measured;
  claim.picture = rowsPicture("Right answers to training rows minus test rows",
                              "points (training − test), 95 % interval", 100);
  for (const std::string& title : arms.tunedTitles()) {
    PictureSeries series{title, arms.find(0, title)->slot, {}};
    for (std::size_t arm = 0; arm < arms.arms.size(); ++arm) {
      const Configuration& configuration = *arms.find(arm, title);
      Lesson lesson = lessonOf(arms, arm, configuration);
      if (lesson.right.empty() || lesson.right.front().empty()) return claim;
      const SeedGroup gap{{{1, std::move(lesson.right), 0}, {-1, valuesOf(configuration.outcomes), 1}},
                          ExperimentArms::assumedSpread(configuration)};
      const Estimate alone = contrast({gap});
      Measured& m = measured[title];
      if (arm == 0) {
        m.gap = gap;
        m.alone = alone;
        m.right = configuration.mean;
        m.lost = lesson.lastMinusBest;
      } else {
        m.memorised = lesson.memorised;
        m.rightFlipped = configuration.mean;
      }
      series.points.push_back({static_cast<double>(claim.picture.rows.size()), alone});
      claim.picture.rows.push_back(title + (arm == 0 ? "" : ", wrong labels"));
    }
    claim.picture.series.push_back(std::move(series));
  }
  const auto told = [&](const std::string& title) {
    const Measured& m = measured[title];
    return title + ": gap " + pointsText(m.alone.value) + " (" +
           pointsIntervalText(m.alone.low, m.alone.high) + "), from the best to the last look " +
           pointsText(m.lost) + "; with wrong labels it answers " + percentText(m.memorised) +
           " of them as taught and loses " + pointsText(m.right - m.rightFlipped) + " on test.";
  };
  std::vector<Finding> findings;
  for (const std::string& prompt : arms.promptTitles()) {
    if (prompt == reference) continue;
    SeedGroup other = measured[prompt].gap;
    for (Part& part : other.parts) part.weight = -part.weight;
    const Estimate difference = contrast({measured[reference].gap, other});
    findings.push_back({wordOfDifference(difference, arms.smallestGap()),
                        told(prompt) + " Difference of the gaps: " + pointsText(difference.value) + " (" +
                            pointsIntervalText(difference.low, difference.high) + ").",
                        difference});
  }
  if (!findings.empty()) findings.front().effect = told(reference) + " " + findings.front().effect;
  settle(claim, findings);
  return claim;
}

}  // namespace attune
