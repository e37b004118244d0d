#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/param.h"
#include "core/study/run_finding.h"
#include "core/train/trainer.h"

namespace attune {

// What happened in one training, as far as it tells whether the training went well.
struct TrainingRecord {
  std::vector<double> losses;  // of every step
  struct Look {
    std::int64_t step = 0;
    ValidationScore score;
  };
  std::vector<Look> looks;  // the first is that before step 1
  bool diverged = false;
  std::int64_t steps = 0;
  bool stepLimited = false;  // a limit of steps ended it before its epochs did

  double startNorm = 0;  // length of what is trained (or of a sample of it), before and after
  double endNorm = 0;
  double moved = 0;  // length of the difference

  double virtualNorm = 0;  // mean length of the virtual tokens' rows in the end; 0: there are none
  double wordNorm = 0;     // mean length of the rows of real words

  double commonestAnswer = 0;  // share of the validation answers that are the commonest one
  double commonestLabel = 0;   // the same of the right answers
  std::string commonestAnswerName;

  std::int64_t trainRows = 0;
  std::int64_t truncatedRows = 0;  // whose text was cut to fit
  bool firstTokensDiffer = true;   // of the label words; true where a head answers
};

// What went wrong, the most telling first, with the setting that would cure it. Empty: nothing was found.
// Rules: diverged, loss_rose, flat_loss (the last quarter's mean is above 98 % of the first steps'),
// collapsed (over 95 % of the answers are one label and the right ones are not), unmoved (relative change
// below 1e-4); where one of these holds or validation ended two points below its best: exploded (ten times as
// long as before), off_manifold (virtual tokens five times as long as words); truncated (over 10 % of the
// rows), same_first_token, still_rising (the last look is the best and over a point above that at three
// quarters).
std::vector<RunFinding> diagnose(const TrainingRecord& record, const ParamSet& params, double learningRate);

}  // namespace attune
