#include "core/base/text.h"
#include "core/report/claims.h"
#include "core/study/experiment.h"

namespace attune {

const char* claimWordName(ClaimWord word) {
  switch (word) {
    case ClaimWord::kSupported:
      return "supported";
    case ClaimWord::kRefuted:
      return "refuted";
    case ClaimWord::kDepends:
      return "depends";
    case ClaimWord::kNotSettled:
      return "not_settled";
    case ClaimWord::kNotMeasured:
      break;
  }
  return "not_measured";
}

std::string claimWordText(ClaimWord word) { return replaceAll(claimWordName(word), "_", " "); }

void settle(Claim& claim, const std::vector<Finding>& findings) {
  if (findings.empty()) return;
  int held = 0, failed = 0, open = 0;
  claim.effect.clear();
  for (const Finding& found : findings) {
    held += found.word == ClaimWord::kSupported;
    failed += found.word == ClaimWord::kRefuted;
    open += found.word == ClaimWord::kNotSettled;
    claim.effect += (claim.effect.empty() ? "" : " ") + found.effect;
  }
  claim.number = findings.front().number;
  claim.word = held > 0 && failed > 0 ? ClaimWord::kDepends
               : open > 0             ? ClaimWord::kNotSettled
               : held > 0             ? ClaimWord::kSupported
                                      : ClaimWord::kRefuted;
}

ClaimWord wordOfDifference(const Estimate& difference, double gap) {
  if (difference.low > 0 && difference.value > gap) return ClaimWord::kSupported;
  if (difference.high < 0 || (difference.low >= -gap && difference.high <= gap && gap > 0))
    return ClaimWord::kRefuted;
  return ClaimWord::kNotSettled;
}

Claim unmeasuredClaim(const std::string& experiment, const std::string& needs) {
  Claim claim;
  claim.name = experiment;
  claim.text = experimentInfo(experiment).claim;
  claim.effect = needs;
  return claim;
}

std::string claimFigureName(const std::string& experiment) { return "claim_" + experiment; }

Json claimsToJson(const std::vector<Claim>& claims) {
  Json list = Json::array();
  for (const Claim& claim : claims) {
    Json studies = Json::array();
    for (const StudyId id : claim.studies) studies.push(id.value);
    Json json = Json()
                    .set("name", claim.name)
                    .set("text", claim.text)
                    .set("word", claimWordName(claim.word))
                    .set("effect", claim.effect)
                    .set("why", claim.why);
    if (claim.word != ClaimWord::kNotMeasured)
      json.set("number", claim.number.value)
          .set("low", claim.number.low)
          .set("high", claim.number.high)
          .set("unit", claim.unit)
          .set("picture", toJson(claim.picture))
          .set("studies", std::move(studies));
    list.push(std::move(json));
  }
  return list;
}

}  // namespace attune
