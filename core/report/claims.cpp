#include "core/report/claims.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <functional>

#include "core/base/text.h"
#include "core/report/number_text.h"

namespace attune {
namespace {

using Index = std::size_t;

// Of a claim about one soft prompt.
struct Finding {
  ClaimWord word;
  std::string effect;
};

class Board {
 public:
  Board(const Comparison& comparison, const std::vector<Run>& runs) : comparison_(comparison), runs_(runs) {
    for (Index c = 0; c < comparison.configurations.size(); ++c) {
      const Configuration& configuration = comparison.configurations[c];
      if (configuration.method == "full") full_ = c;
      if (configuration.method == "few_shot") fewShot_ = c;
      for (const MethodChoice& choice : comparison.study.methods)
        if (choice.title == configuration.title && choice.method == configuration.method &&
            choice.params.has("num_virtual_tokens"))
          prompts_.push_back(c);
    }
  }

  std::vector<Claim> claims() const {
    return {accuracy(), trainingCost(), storage(), consistency(), queryCost()};
  }

 private:
  static constexpr Index kNone = static_cast<Index>(-1);
  static constexpr double kNoticeable = 1.1;  // times: what a ratio of costs must exceed

  const Configuration& at(Index c) const { return comparison_.configurations[c]; }

  // Holds `finding` of every soft prompt together.
  Claim about(std::string name, std::string text, std::string why, bool possible, const char* needs,
              const std::function<Finding(const Configuration&, Index)>& finding) const {
    Claim claim{std::move(name), std::move(text), ClaimWord::kNotMeasured, needs, std::move(why)};
    if (!possible || prompts_.empty()) return claim;
    int held = 0, failed = 0, open = 0;
    claim.effect.clear();
    for (const Index c : prompts_) {
      const Finding found = finding(at(c), c);
      held += found.word == ClaimWord::kSupported;
      failed += found.word == ClaimWord::kRefuted;
      open += found.word == ClaimWord::kNotSettled;
      claim.effect += (claim.effect.empty() ? "" : " ") + found.effect;
    }
    claim.word = held > 0 && failed > 0 ? ClaimWord::kDepends
                 : open > 0             ? ClaimWord::kNotSettled
                 : held > 0             ? ClaimWord::kSupported
                                        : ClaimWord::kRefuted;
    return claim;
  }

  Claim accuracy() const {
    return about(
        "accuracy", "Fine-tuning is more accurate than prompt tuning.",
        "Difference of the shares of right answers on the test split, paired on the examples; intervals "
        "corrected for all pairs by Holm's method, and a gap above " +
            formatFixed(comparison_.study.smallestGap * 100, 1) + " points.",
        full_ != kNone, "Compare full fine-tuning with a soft prompt to measure it.",
        [&](const Configuration& prompt, Index c) -> Finding {
          const PairWord word = comparison_.word(full_, c);
          const ConfigurationPair& pair = *comparison_.pair(full_, c);
          const double sign = pair.a == full_ ? 1 : -1;
          const double low = sign > 0 ? pair.corrected.low : -pair.corrected.high;
          const double high = sign > 0 ? pair.corrected.high : -pair.corrected.low;
          return {word == PairWord::kBetter          ? ClaimWord::kSupported
                  : word == PairWord::kNotEnoughData ? ClaimWord::kNotSettled
                                                     : ClaimWord::kRefuted,
                  at(full_).title + " minus " + prompt.title + ": " +
                      pointsText(sign * pair.difference.mean) + " (" + pointsIntervalText(low, high) + ")."};
        });
  }

  // Of the configuration's runs, logarithms of their training time.
  std::vector<double> logTimes(Index c) const {
    std::vector<double> times;
    for (const Run& run : runs_)
      for (const RunId id : at(c).runs)
        if (run.id == id && run.cost.knownTrainSeconds() > 0)
          times.push_back(std::log(run.cost.knownTrainSeconds()));
    return times;
  }

  Claim trainingCost() const {
    return about(
        "training_cost", "Prompt tuning is cheaper to train.",
        "Training time of full fine-tuning over that of the soft prompt, searches and looks at validation "
        "included, on this computer; Welch's t interval of the log ratio over seeds. Cheaper: the interval "
        "lies "
        "above 1 and the ratio above 1.1. Time to finish: soft prompts usually also need more steps to be as "
        "good.",
        full_ != kNone, "Compare full fine-tuning with a soft prompt to measure it.",
        [&](const Configuration& prompt, Index c) -> Finding {
          const std::vector<double> a = logTimes(full_), b = logTimes(c);
          if (a.empty() || b.empty()) return {ClaimWord::kNotSettled, prompt.title + ": time not known."};
          const auto moments = [](const std::vector<double>& x) {
            double mean = 0, squares = 0;
            for (const double v : x) mean += v / static_cast<double>(x.size());
            for (const double v : x) squares += (v - mean) * (v - mean);
            const double n = static_cast<double>(x.size());
            return std::pair{mean, n > 1 ? squares / (n - 1) / n : 0.0};
          };
          const auto [meanA, varianceA] = moments(a);
          const auto [meanB, varianceB] = moments(b);
          const double ratio = std::exp(meanA - meanB);
          std::string text =
              prompt.title + ": full fine-tuning takes " + formatFixed(ratio, 2) + " times its time";
          if (a.size() < 2 || b.size() < 2)
            return {ratio > kNoticeable       ? ClaimWord::kSupported
                    : ratio < 1 / kNoticeable ? ClaimWord::kRefuted
                                              : ClaimWord::kNotSettled,
                    text + " (one seed: no interval)."};
          const double freedom = welchFreedom(varianceA, static_cast<double>(a.size() - 1), varianceB,
                                              static_cast<double>(b.size() - 1));
          const double half = boost::math::quantile(boost::math::students_t(freedom), 0.975) *
                              std::sqrt(varianceA + varianceB);
          const double low = std::exp(meanA - meanB - half), high = std::exp(meanA - meanB + half);
          return {low > 1 && ratio > kNoticeable        ? ClaimWord::kSupported
                  : high < 1 && ratio < 1 / kNoticeable ? ClaimWord::kRefuted
                                                        : ClaimWord::kNotSettled,
                  text + " (95 %: " + formatFixed(low, 2) + " to " + formatFixed(high, 2) + ")."};
        });
  }

  Claim storage() const {
    return about(
        "storage", "A tuned prompt takes next to no room.",
        "Bytes of the files that a run leaves beyond the shared base, means over seeds; a base of 4 bytes a "
        "number. From T tasks on base + T prompts take less room than T whole models: T = base / (model − "
        "prompt). Next to no room: less than a hundredth of the model.",
        full_ != kNone, "Compare full fine-tuning with a soft prompt to measure it.",
        [&](const Configuration& prompt, Index) -> Finding {
          const auto model = static_cast<double>(at(full_).cost.storedBytes);
          const auto own = static_cast<double>(prompt.cost.storedBytes);
          if (model <= 0 || own <= 0) return {ClaimWord::kNotSettled, prompt.title + ": size not known."};
          const double base = 4.0 * static_cast<double>(prompt.cost.totalParameters);
          std::string text = prompt.title + " stores " + bytesText(prompt.cost.storedBytes) +
                             " a task, full fine-tuning " + bytesText(at(full_).cost.storedBytes);
          if (model > own) {
            const auto tasks = static_cast<std::int64_t>(std::floor(base / (model - own))) + 1;
            text += "; it pays from " + wholeText(tasks) + (tasks == 1 ? " task on" : " tasks on");
          }
          return {own < model / 100 ? ClaimWord::kSupported : ClaimWord::kRefuted, text + "."};
        });
  }

  // Share of seed pairs that answer each item differently.
  std::vector<double> churn(Index c) const {
    const auto& predicted = at(c).predicted;
    std::vector<double> shares(comparison_.testItems.size(), 0);
    const double pairs = static_cast<double>(predicted.size() * (predicted.size() - 1)) / 2;
    for (std::size_t a = 0; a < predicted.size(); ++a)
      for (std::size_t b = a + 1; b < predicted.size(); ++b)
        for (std::size_t i = 0; i < shares.size(); ++i)
          shares[i] += (predicted[a][i] != predicted[b][i]) / pairs;
    return shares;
  }

  Claim consistency() const {
    const auto several = [&](Index c) { return at(c).n() >= 2; };
    const bool possible =
        full_ != kNone && several(full_) && std::all_of(prompts_.begin(), prompts_.end(), several);
    return about("consistency", "Fine-tuning is more consistent: it answers the same whatever the seed.",
                 "Share of pairs of seeds that answer a test example differently, mean over examples; 95 % "
                 "interval of the "
                 "difference over examples (normal), for the seeds that there are. A method that gives every "
                 "text the same "
                 "answer is consistent as well.",
                 possible,
                 "Compare full fine-tuning with a soft prompt, with two seeds or more, to measure it.",
                 [&](const Configuration& prompt, Index c) -> Finding {
                   const std::vector<double> own = churn(c), reference = churn(full_);
                   const auto n = static_cast<double>(own.size());
                   double mean = 0, ownMean = 0, squares = 0;
                   for (std::size_t i = 0; i < own.size(); ++i) {
                     mean += (own[i] - reference[i]) / n;
                     ownMean += own[i] / n;
                   }
                   for (std::size_t i = 0; i < own.size(); ++i) {
                     const double rest = own[i] - reference[i] - mean;
                     squares += rest * rest;
                   }
                   const double half = boost::math::quantile(boost::math::normal(), 0.975) *
                                       std::sqrt(squares / std::max(1.0, n - 1) / n);
                   return {mean - half > 0   ? ClaimWord::kSupported
                           : mean + half < 0 ? ClaimWord::kRefuted
                                             : ClaimWord::kNotSettled,
                           prompt.title + ": two seeds disagree on " + percentText(ownMean) +
                               " of the examples, " + at(full_).title + " on " + percentText(ownMean - mean) +
                               " (difference " + pointsIntervalText(mean - half, mean + half) + ")."};
                 });
  }

  Claim queryCost() const {
    return about(
        "query_cost", "Prompts cost more per question than a fine-tuned model.",
        "Time of an answer on this computer (batches of like length) and the tokens that a request carries "
        "beyond "
        "the text. Costs more: 1.1 times the time or above. Training is paid back after training time / "
        "(few-shot's "
        "time − its own time) questions.",
        full_ != kNone, "Compare full fine-tuning with a soft prompt to measure it.",
        [&](const Configuration& prompt, Index) -> Finding {
          const double own = prompt.cost.secondsPerPrediction, whole = at(full_).cost.secondsPerPrediction;
          if (own <= 0 || whole <= 0) return {ClaimWord::kNotSettled, prompt.title + ": time not known."};
          std::string text = prompt.title + " takes " + formatFixed(own / whole, 2) +
                             " times as long for an answer and carries " +
                             formatFixed(prompt.cost.promptTokensPerRequest, 0) + " tokens more";
          if (fewShot_ != kNone) {
            const double saved = at(fewShot_).cost.secondsPerPrediction - own;
            text += saved > 0 && prompt.cost.knownTrainSeconds() > 0
                        ? "; against few-shot its training is paid back after " +
                              wholeText(std::llround(std::ceil(prompt.cost.knownTrainSeconds() / saved))) +
                              " questions"
                        : "; against few-shot its training is never paid back";
          }
          return {own / whole > kNoticeable ? ClaimWord::kSupported : ClaimWord::kRefuted, text + "."};
        });
  }

  const Comparison& comparison_;
  const std::vector<Run>& runs_;
  Index full_ = kNone, fewShot_ = kNone;
  std::vector<Index> prompts_;
};

}  // namespace

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

std::vector<Claim> claimsOf(const Comparison& comparison, const std::vector<Run>& runs) {
  return Board(comparison, runs).claims();
}

Json claimsToJson(const std::vector<Claim>& claims) {
  Json list = Json::array();
  for (const Claim& claim : claims)
    list.push(Json()
                  .set("name", claim.name)
                  .set("text", claim.text)
                  .set("word", claimWordName(claim.word))
                  .set("effect", claim.effect)
                  .set("why", claim.why));
  return list;
}

}  // namespace attune
