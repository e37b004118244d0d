#include <cmath>

#include "core/base/text.h"
#include "core/report/experiment_judge.h"
#include "core/report/number_text.h"

namespace attune {
namespace {

constexpr double kNoticeable = 0.05;  // nats a token: 5 % more perplexity

// What the paragraphs lose in log-likelihood a token against before the training.
std::vector<double> lost(const std::vector<Prediction>& before, const std::vector<Prediction>& now) {
  std::vector<double> loss;
  for (std::size_t i = 0; i < std::min(before.size(), now.size()); ++i)
    loss.push_back((before[i].logLikelihood - now[i].logLikelihood) /
                   static_cast<double>(before[i].answerTokens));
  return loss;
}

std::string nats(double value) { return (value < 0 ? "−" : "+") + formatFixed(std::fabs(value), 3); }

// Answers to the side tasks: rightly, by seed and item.
Values sideRight(const ExperimentArms& arms, const Configuration& c, const char* name) {
  Values values;
  for (const RunId run : c.runs) {
    auto& row = values.emplace_back();
    for (const Prediction& p : arms.store.predictions(run, name)) row.push_back(p.predicted == p.label);
  }
  return values;
}

// Overwrites weights of its own copy of the base, which cannot be taken off.
bool overwrites(const std::string& method) {
  return method == "full" || method == "last_layers" || method == "bitfit" || method == "layernorm";
}

}  // namespace

Claim judgeForgetting(const ExperimentArms& arms) {
  Claim claim = unmeasuredClaim(
      "forgetting", "Compare a method that leaves the base frozen with full fine-tuning to measure it.");
  claim.why =
      "How much less likely, in nats a token, forty paragraphs of everyday prose have become against before "
      "the training, with what was trained switched on; Student's t interval over paragraphs and seeds. "
      "Forgetting is 0.05 nats or more, 5 % of perplexity. Switched off, a frozen base must say exactly what "
      "it said before; that is measured as well. Of methods that overwrite weights nothing can be switched "
      "off: only a second copy of the base keeps what it knew. Beside, three small tasks of forty sentences "
      "each, for which nothing was tuned, are answered before and after: kept is what is still answered "
      "rightly, over what the base answered; its change has Student's t interval over items and seeds.";
  claim.unit = "nats a token lost on general text, with the method on";
  claim.picture = rowsPicture("Lost on a general text", "nats a token, 95 % interval", 1);
  std::vector<Finding> findings;
  std::string whole, guesses;
  bool wholeForgets = true, oneSeed = false;
  for (const Configuration& c : arms.arms.front().configurations) {
    if (c.cost.trainableParameters == 0 || !c.runs.front()) continue;
    SeedGroup on;
    on.parts.push_back({1, {}, 0});
    double off = 0;
    for (const RunId run : c.runs) {
      const std::vector<Prediction> before = arms.store.predictions(run, kGeneralBefore);
      on.parts.front().values.push_back(lost(before, arms.store.predictions(run, kGeneralOn)));
      for (const double loss : lost(before, arms.store.predictions(run, kGeneralOff)))
        off = std::max(off, std::fabs(loss));
    }
    if (on.parts.front().values.front().empty()) continue;
    const Estimate estimate = contrast({on});
    addRow(claim.picture, c.title, c.slot, estimate);
    const std::string text = c.title + ": " + nats(estimate.value) + " nats a token (" + nats(estimate.low) +
                             " to " + nats(estimate.high) + ")";
    oneSeed |= c.luckIsAssumed();
    // What is left of small tasks beside: after minus before, over what the base knew.
    const Values before = sideRight(arms, c, kSideBefore), now = sideRight(arms, c, kSideOn);
    std::string side;
    bool sideLost = false;
    if (!before.front().empty() && before.front().size() == now.front().size()) {
      const double knew = contrast({{{{1, before}}}}).value;
      const auto items = static_cast<std::int64_t>(before.front().size());
      if (wilson(std::llround(knew * static_cast<double>(items)), items).low <= kSideChance) {
        guesses = " Of the small tasks beside, the base answers " + percentText(knew) +
                  ", no more than guessing (" + percentText(kSideChance) +
                  "): nothing is there to be forgotten.";
      } else {
        // One group: the same base and, before, the same answers with every seed.
        const Estimate change = contrast({{{{1, now}, {-1, before}}, ExperimentArms::assumedSpread(c)}});
        sideLost = change.high < 0;
        side = "; of small tasks beside it answers " + percentText(knew + change.value) + " instead of " +
               percentText(knew) + " (" + pointsIntervalText(change.low, change.high) + "; " +
               percentText((knew + change.value) / knew) + " kept)";
      }
    }
    if (overwrites(c.method)) {
      whole += " " + text + side + ".";
      if (c.method == "full" && estimate.high < kNoticeable) wholeForgets = false;
      continue;
    }
    findings.push_back({c.luckIsAssumed()                        ? ClaimWord::kNotSettled
                        : estimate.low > kNoticeable || sideLost ? ClaimWord::kRefuted
                        : estimate.high < kNoticeable            ? ClaimWord::kSupported
                                                                 : ClaimWord::kNotSettled,
                        text + side +
                            (off == 0 ? "; switched off nothing is lost."
                                      : "; switched off up to " + nats(off) + " remain, which is a fault."),
                        estimate});
  }
  settle(claim, findings);
  if (!findings.empty()) {
    claim.effect += whole + guesses + (oneSeed ? kOneSeedNote : "");
    if (claim.word == ClaimWord::kSupported && !wholeForgets) claim.word = ClaimWord::kDepends;
  }
  return claim;
}

}  // namespace attune
