#include "core/report/verdict_text.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "core/base/text.h"
#include "core/report/crossed.h"
#include "core/report/number_text.h"

namespace attune {
namespace {

std::string quantity(std::int64_t count, const std::string& one, const std::string& many) {
  return wholeText(count) + " " + (count == 1 ? one : many);
}

// A verdict is written about one comparison; these are its views.
class Writer {
 public:
  Writer(const Comparison& comparison, const Choice& choice) : comparison_(comparison), choice_(choice) {}

  Verdict write();

 private:
  using Index = std::size_t;

  const Configuration& at(Index c) const { return comparison_.configurations[c]; }
  bool exists(Index c) const { return c < comparison_.configurations.size(); }
  std::int64_t items() const { return static_cast<std::int64_t>(comparison_.testItems.size()); }
  std::int64_t right(Index c) const { return std::llround(at(c).mean * static_cast<double>(items())); }
  double inItems(double share) const { return share * static_cast<double>(items()); }
  Index find(const std::string& method) const {
    for (Index c = 1; exists(c); ++c)
      if (at(c).method == method) return c;
    return comparison_.configurations.size();
  }
  // The configuration's title with what makes it cheap, as a subject.
  std::string subject(Index c) const {
    if (at(c).method == "bag_of_words") return at(c).title + ", which uses no language model,";
    if (at(c).cost.trainableParameters == 0) return at(c).title + ", which trains nothing,";
    return at(c).title;
  }
  std::string answers(Index c) const {
    std::string text = "answers " + wholeText(right(c)) + " of " +
                       quantity(items(), "test example", "test examples") + " correctly";
    if (at(c).n() > 1) text += " (mean of " + std::to_string(at(c).n()) + " seeds)";
    return text;
  }
  // a - b, whichever way round the pair is stored.
  Difference difference(Index a, Index b) const {
    const ConfigurationPair* pair = comparison_.pair(a, b);
    if (!pair) return {};
    if (pair->a == a) return pair->difference;
    const Interval& i = pair->difference.interval;
    return {-pair->difference.mean, {-i.high, -i.low}, pair->difference.p};
  }
  std::string itemsInterval(const Difference& d) const {
    return "95 %: " + signedCountText(inItems(d.interval.low)) + " to " +
           signedCountText(inItems(d.interval.high));
  }
  // "That gap of 2 may be luck (95 %: −4 to +8)." for a pair where `a` has the higher mean.
  std::string gapSentence(Index a, Index b) const;
  std::string why(Index a, Index b) const;
  std::string whyShare(Index c) const;

  void add(std::string text, std::string reason) {
    verdict_.sentences.push_back({std::move(text), std::move(reason)});
  }
  void sayNothingBeatsMajority(Index strongest);
  void sayRecommendation();
  void sayCost();
  void sayYardstick();
  void sayGainOverUntuned();
  void sayPower();
  void sayWhatIsMissing();

  const Comparison& comparison_;
  const Choice choice_;
  Verdict verdict_;
};

std::string Writer::gapSentence(Index a, Index b) const {
  const Difference d = difference(a, b);
  const PairWord word = comparison_.word(a, b);
  const std::int64_t gap = std::llround(inItems(std::fabs(d.mean)));
  const std::string that = gap == 0 ? "That gap of less than one" : "That gap of " + wholeText(gap);
  const std::string range = " (" + itemsInterval(d) + ").";
  if (d.mean == 0) return "Both are right equally often" + range;
  if (word == PairWord::kBetter) return that + " is unlikely to be luck" + range;
  const bool excludesZero = d.interval.low > 0 || d.interval.high < 0;
  if (word == PairWord::kNoClearDifference && excludesZero)
    return that + " is below the " + formatFixed(comparison_.study.smallestGap * 100, 1) +
           " points that matter to you" + range;
  if (excludesZero) return that + " is probably real, but this data cannot settle it" + range;
  return that + " may be luck" + range;
}

std::string Writer::why(Index a, Index b) const {
  const ConfigurationPair* pair = comparison_.pair(a, b);
  if (!pair) return {};
  const bool forward = pair->a == a;
  const Difference d = difference(a, b);
  const Interval corrected =
      forward ? pair->corrected : Interval{-pair->corrected.high, -pair->corrected.low};
  std::string text = at(a).title + " minus " + at(b).title + ": " + pointsText(d.mean) + ", 95 % interval " +
                     pointsIntervalText(d.interval.low, d.interval.high) +
                     " (Newcombe's interval for paired shares, with what the seeds add; bootstrap of 10,000 "
                     "draws over test examples and seeds beside it: " +
                     pointsIntervalText(forward ? pair->bootstrap.low : -pair->bootstrap.high,
                                        forward ? pair->bootstrap.high : -pair->bootstrap.low) +
                     "). ";
  text += "Corrected for " + quantity(static_cast<std::int64_t>(comparison_.pairs.size()), "pair", "pairs") +
          " (Holm, level " + formatFixed(pair->correctedLevel * 100, 2) +
          " %): " + pointsIntervalText(corrected.low, corrected.high) + ", adjusted p " +
          probabilityText(pair->adjustedP) + ". ";
  if (pair->seedError > 0)
    text += "Training luck alone makes a standard error of " + formatFixed(pair->seedError * 100, 1) +
            " points; how few the seeds are is in the interval (Student's t). ";
  if (at(a).luckIsAssumed() || at(b).luckIsAssumed())
    text += "With one seed training luck is not measured: results are taken to spread by " +
            formatFixed(kAssumedSeedSpread * 100, 0) + " points (standard deviation) from seed to seed. ";
  text += "Exact McNemar test on majority votes: p " + probabilityText(pair->mcnemarP) + ", only " +
          at(a).title + " right " + wholeText(forward ? pair->onlyA : pair->onlyB) + ", only " + at(b).title +
          " right " + wholeText(forward ? pair->onlyB : pair->onlyA) + ". Smallest gap that matters to you " +
          formatFixed(comparison_.study.smallestGap * 100, 1) + " points; smallest that this data can show " +
          formatFixed(pair->detectableGap * 100, 1) +
          " points. Word: " + pairWordText(comparison_.word(a, b)) +
          ". Assumes that the test examples are independent and like those to come.";
  return text;
}

std::string Writer::whyShare(Index c) const {
  return at(c).title + ": accuracy " + percentText(at(c).mean) + ", 95 % interval " +
         percentIntervalText(at(c).low, at(c).high) +
         (at(c).n() == 1 ? " (Wilson)."
                         : " (Wilson's for as many answers as vary as much over test examples and seeds).");
}

void Writer::sayNothingBeatsMajority(Index strongest) {
  const std::string yardstick = "(" + at(0).title + ": " + wholeText(right(0)) + " of " +
                                quantity(items(), "test example", "test examples") + ")";
  if (comparison_.word(strongest, 0) == PairWord::kWorse) {
    add("Nothing that was tried is worth using: giving every text the same answer " + yardstick +
            " is better. The best method, " + at(strongest).title + ", answers " +
            wholeText(right(strongest)) + " correctly.",
        why(0, strongest));
    return;
  }
  const bool ahead = at(strongest).mean >= at(0).mean;
  std::string text = "No method is clearly better than giving every text the same answer " + yardstick +
                     ". The best one, " + at(strongest).title + ", " + answers(strongest) + ". " +
                     (ahead ? gapSentence(strongest, 0) : gapSentence(0, strongest));
  add(std::move(text), why(strongest, 0));
  if (exists(choice_.recommended) && choice_.recommended != strongest)
    add("The cheapest one that is not clearly worse is " + at(choice_.recommended).title +
            "; do not rely on it yet.",
        whyShare(choice_.recommended));
}

void Writer::sayRecommendation() {
  const Index r = choice_.recommended;
  if (!exists(r)) return;
  const Index rival = choice_.rival;
  if (!exists(rival)) {
    add(subject(r) + " is the only method with a result. It " + answers(r) + ".", whyShare(r));
    return;
  }
  const bool unsettled = at(rival).mean > at(r).mean &&
                         comparison_.word(r, rival) == PairWord::kNotEnoughData &&
                         difference(rival, r).interval.low > 0;
  std::string text = unsettled ? "Which method is the best buy is not settled. " + subject(r) +
                                     " is the cheapest that is not clearly worse than the best. It "
                               : subject(r) + " is the best buy. It ";
  text += answers(r) + "; " + at(rival).title + " " + wholeText(right(rival)) + ". ";
  const bool ahead = at(r).mean >= at(rival).mean;
  text += ahead ? gapSentence(r, rival) : gapSentence(rival, r);
  add(std::move(text), ahead ? why(r, rival) : why(rival, r));
}

void Writer::sayCost() {
  const Index r = choice_.recommended;
  if (!exists(r) || at(r).cost.trainableParameters == 0) return;
  const RunCost& cost = at(r).cost;
  std::string text = at(r).title + " trains " + countText(cost.trainableParameters) + " numbers";
  if (cost.totalParameters > 0)
    text += " (" +
            smallShareText(static_cast<double>(cost.trainableParameters) /
                           static_cast<double>(cost.totalParameters)) +
            " of the model)";
  text += " in " + durationText(cost.knownTrainSeconds());
  if (exists(choice_.rival) && at(choice_.rival).cost.trainableParameters > 0)
    text += "; " + at(choice_.rival).title + " " + countText(at(choice_.rival).cost.trainableParameters) +
            " in " + durationText(at(choice_.rival).cost.knownTrainSeconds());
  add(text + ".",
      "Cheapest: fewest trained numbers, then shortest training time, among the methods that are not clearly "
      "worse than the best. Times are means over seeds, measured, without loading and the final evaluation.");
}

// An honest word for the method without a language model when another one is recommended.
void Writer::sayYardstick() {
  const Index w = find("bag_of_words");
  if (!exists(w) || w == choice_.recommended || !exists(choice_.best)) return;
  const Index best = choice_.best;
  if (w == best) {
    add(subject(w) + " has the highest share of right answers.", whyShare(w));
    return;
  }
  const PairWord word = comparison_.word(best, w);
  if (word == PairWord::kBetter) return;
  add(word == PairWord::kNoClearDifference
          ? subject(w) + " does as well as " + at(best).title + "."
          : subject(w) + " is not clearly worse than " + at(best).title + ": it " + answers(w) + ".",
      why(best, w));
}

void Writer::sayGainOverUntuned() {
  const Index u = find("untuned");
  const Index r = choice_.recommended;
  if (!exists(u) || !exists(r) || u == r || u == choice_.rival || at(r).method == "bag_of_words") return;
  if (at(r).cost.trainableParameters == 0) return;
  const Difference d = difference(r, u);
  const PairWord word = comparison_.word(r, u);
  const std::string gap = wholeText(std::llround(inItems(std::fabs(d.mean)))) + " more right answers";
  if (word == PairWord::kBetter)
    add("Tuning helps: " + gap + " than the untuned model (" + itemsInterval(d) + ").", why(r, u));
  else
    add("It is not clear that tuning helps: the untuned model answers " + wholeText(right(u)) +
            " correctly (difference 95 %: " + signedCountText(inItems(d.interval.low)) + " to " +
            signedCountText(inItems(d.interval.high)) + ").",
        why(r, u));
}

void Writer::sayPower() {
  const Index r = choice_.recommended;
  if (!exists(r) || !exists(choice_.rival)) return;
  if (comparison_.word(r, choice_.rival) != PairWord::kNotEnoughData) return;
  const double gap = comparison_.pair(r, choice_.rival)->detectableGap;
  add("With " + quantity(items(), "test example", "test examples") + ", gaps under about " +
          formatFixed(gap * 100, 1) + " points between these two cannot be told from luck.",
      "Smallest gap found four times in five at the 5 % level: 2.8 standard errors, from the examples that "
      "just one of the two answers rightly (without training luck sqrt(7.84 · q / N), q their share of N "
      "examples) and from the spread over seeds; here " +
          formatFixed(gap * 100, 1) + " points.");
}

void Writer::sayWhatIsMissing() {
  bool oneSeed = false;
  for (Index c = 1; exists(c); ++c) oneSeed |= at(c).luckIsAssumed();
  if (oneSeed)
    add("Training luck was not measured: one seed; two more would show it. Until then seeds are taken to "
        "differ by " +
            formatFixed(kAssumedSeedSpread * 100, 0) + " points.",
        "Training starts from random numbers; another seed gives another result. With one seed the interval "
        "of a single method holds only the luck of the test examples; differences allow for seeds that "
        "spread by " +
            formatFixed(kAssumedSeedSpread * 100, 0) + " points (standard deviation).");
  if (!comparison_.failed.empty()) {
    const auto count = static_cast<std::int64_t>(comparison_.failed.size());
    add(quantity(count, "run has no result and is", "runs have no result and are") +
            " left out of the means.",
        "Failed, diverged and interrupted runs are listed with their reason; a method that fails often is "
        "riskier than its mean says.");
  }
  if (!comparison_.complete)
    add("Provisional: not all runs have ended.", "The words may change when the other runs end.");
}

Verdict Writer::write() {
  if (exists(choice_.best)) verdict_.best = at(choice_.best).title;
  if (exists(choice_.recommended)) verdict_.recommended = at(choice_.recommended).title;
  if (comparison_.configurations.size() < 2) {
    add("No method has a result yet. Giving every text the same answer (" + at(0).title + ") is right for " +
            wholeText(right(0)) + " of " + quantity(items(), "test example", "test examples") + ".",
        whyShare(0));
  } else {
    Index strongest = 1;
    for (Index c = 2; exists(c); ++c)
      if (at(c).mean > at(strongest).mean) strongest = c;
    if (comparison_.word(strongest, 0) != PairWord::kBetter) {
      sayNothingBeatsMajority(strongest);
    } else {
      sayRecommendation();
      sayCost();
      sayYardstick();
      sayGainOverUntuned();
      sayPower();
    }
  }
  sayWhatIsMissing();
  for (const VerdictSentence& sentence : verdict_.sentences)
    verdict_.text += (verdict_.text.empty() ? "" : " ") + sentence.text;
  return std::move(verdict_);
}

}  // namespace

Choice choose(const Comparison& comparison) {
  const std::vector<Configuration>& all = comparison.configurations;
  const auto cheaper = [&](std::size_t x, std::size_t y) {
    const auto key = [&](std::size_t c) {
      const RunCost& cost = all[c].cost;
      return std::tuple(cost.trainableParameters, cost.trainSeconds, cost.storedBytes, c);
    };
    return key(x) < key(y);
  };
  // Equally good: the cheaper one, and any method before the majority class.
  const auto better = [&](std::size_t x, std::size_t y) {
    if (all[x].mean != all[y].mean) return all[x].mean > all[y].mean;
    if ((x == 0) != (y == 0)) return y == 0;
    return cheaper(x, y);
  };
  const std::size_t none = all.size();
  Choice choice{none, none, none};
  for (std::size_t c = 0; c < all.size(); ++c)
    if (choice.best == none || better(c, choice.best)) choice.best = c;
  for (std::size_t c = 1; c < all.size(); ++c) {
    if (c != choice.best && comparison.word(choice.best, c) == PairWord::kBetter) continue;
    if (choice.recommended == none || cheaper(c, choice.recommended)) choice.recommended = c;
  }
  for (std::size_t c = 1; c < all.size(); ++c)
    if (c != choice.recommended && (choice.rival == none || better(c, choice.rival))) choice.rival = c;
  return choice;
}

Verdict makeVerdict(const Comparison& comparison, const std::vector<Run>& runs,
                    const std::vector<std::string>& stillImproving) {
  const Choice choice = choose(comparison);
  Verdict verdict = Writer(comparison, choice).write();
  const auto flags = findFlags(comparison, runs, stillImproving, choice.recommended, choice.rival);
  for (const VerdictFlag& flag : flags) verdict.flags.push_back(flag.text);
  verdict.confidence = comparison.configurations.size() < 2 ? "low" : confidenceOf(flags);
  return verdict;
}

}  // namespace attune
