#pragma once

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "core/report/comparison.h"
#include "core/report/contrast.h"
#include "core/report/picture.h"

namespace attune {

// What the usual article says of fine-tuning and prompts, held against one study.
enum class ClaimWord { kSupported, kRefuted, kDepends, kNotSettled, kNotMeasured };
const char* claimWordName(
    ClaimWord word);  // "supported", "refuted", "depends", "not_settled", "not_measured"
std::string claimWordText(ClaimWord word);  // "supported", "not settled", …

struct Claim {
  std::string name;  // of the experiment that measures it: "accuracy", "data_efficiency"
  std::string text;  // as the article says it
  ClaimWord word = ClaimWord::kNotMeasured;
  std::string effect;  // the numbers in a sentence; of kNotMeasured what would measure it
  std::string why;     // how they were worked out, and what they assume
  // The number that the word hangs on, of the first method that it is about, with its 95 % interval, and what
  // it is: "points of accuracy". Not-a-number where there is none.
  Estimate number{kNoNumber, kNoNumber, kNoNumber};
  std::string unit = {};
  Picture picture = {};
  std::vector<StudyId> studies = {};  // whose runs it is made from

  static constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();
};

// Of a claim about one method.
struct Finding {
  ClaimWord word = ClaimWord::kNotSettled;
  std::string effect;
  Estimate number{Claim::kNoNumber, Claim::kNoNumber, Claim::kNoNumber};
};
// Held together: a claim depends when it holds for some methods and not for others, and is not settled where
// one of them is not. No finding: not measured, and the claim stays as it is.
void settle(Claim& claim, const std::vector<Finding>& findings);
// A difference that must exceed `gap` to count: supported above, refuted below or when it lies within the
// gap.
ClaimWord wordOfDifference(const Estimate& difference, double gap);

// Soft prompts (methods that learn virtual tokens) against full fine-tuning and few-shot prompting, from the
// study's runs alone. Always all claims, in this order:
//   accuracy       full fine-tuning is more accurate: the word of each pair, corrected for all pairs
//   training_cost  soft prompts are cheaper to train: time over seeds, Welch's interval of the log ratio
//   storage        soft prompts take next to no room: files beyond the base, from how many tasks it pays
//   consistency    full fine-tuning answers the same with every seed: share of seed pairs that disagree on an
//                  item, interval of the difference over items; where the runs were asked so, the same for
//                  texts put otherwise
//   query_cost     prompts cost more per question, as training cost; when training is paid back against
//                  few-shot
// `answers`: what a run answered beside the test split under each name that begins so
// (core/study/conditions.h); asked for only where the study's conditions say that it is there.
using AnswersOf = std::function<std::vector<std::vector<Prediction>>(RunId run, const std::string& prefix)>;
std::vector<Claim> claimsOf(const Comparison& comparison, const std::vector<Run>& runs,
                            const AnswersOf& answers = {});
// A claim of the catalog that has not been measured.
Claim unmeasuredClaim(const std::string& experiment, const std::string& needs);
// Of its picture, in a report: "claim_storage".
std::string claimFigureName(const std::string& experiment);
Json claimsToJson(const std::vector<Claim>& claims);

}  // namespace attune
