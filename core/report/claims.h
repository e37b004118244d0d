#pragma once

#include <string>
#include <vector>

#include "core/report/comparison.h"

namespace attune {

// What the usual article says of fine-tuning and prompts, held against one study.
enum class ClaimWord { kSupported, kRefuted, kDepends, kNotSettled, kNotMeasured };
const char* claimWordName(
    ClaimWord word);  // "supported", "refuted", "depends", "not_settled", "not_measured"
std::string claimWordText(ClaimWord word);  // "supported", "not settled", …

struct Claim {
  std::string name;  // fixed: "accuracy", "training_cost", "storage", "consistency", "query_cost"
  std::string text;  // as the article says it
  ClaimWord word = ClaimWord::kNotMeasured;
  std::string effect;  // the numbers in a sentence; of kNotMeasured what would measure it
  std::string why;     // how they were worked out, and what they assume
};

// Soft prompts (methods that learn virtual tokens) against full fine-tuning and few-shot prompting, from the
// study's runs alone. Always all claims, in this order:
//   accuracy       full fine-tuning is more accurate: the word of each pair, corrected for all pairs
//   training_cost  soft prompts are cheaper to train: time over seeds, Welch's interval of the log ratio
//   storage        soft prompts take next to no room: files beyond the base, from how many tasks it pays
//   consistency    full fine-tuning answers the same with every seed: share of seed pairs that disagree on an
//                  item, interval of the difference over items
//   query_cost     prompts cost more per question; when training is paid back against few-shot
// A claim about several soft prompts depends when it holds for some and not for others.
std::vector<Claim> claimsOf(const Comparison& comparison, const std::vector<Run>& runs);
Json claimsToJson(const std::vector<Claim>& claims);

}  // namespace attune
