#include "core/report/claims.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <optional>

#include "core/base/text.h"
#include "core/report/number_text.h"

namespace attune {
namespace {

using Index = std::size_t;

class Board {
 public:
  Board(const Comparison& comparison, const std::vector<Run>& runs, const AnswersOf& answers)
      : comparison_(comparison), runs_(runs), answers_(answers) {
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

  // Holds `finding` of every soft prompt together, and `also`, where it finds something.
  Claim about(std::string name, std::string why, bool possible,
              const std::function<Finding(const Configuration&, Index)>& finding,
              const std::function<std::optional<Finding>(const Configuration&, Index)>& also = {}) const {
    Claim claim = unmeasuredClaim(
        name, "Compare full fine-tuning with a soft prompt" +
                  std::string(name == "consistency" ? ", with two seeds or more," : "") + " to measure it.");
    claim.why = std::move(why);
    std::vector<Finding> findings;
    if (possible)
      for (const Index c : prompts_) {
        findings.push_back(finding(at(c), c));
        if (!also) continue;
        if (auto more = also(at(c), c)) findings.push_back(*std::move(more));
      }
    settle(claim, findings);
    if (!findings.empty()) claim.studies = {comparison_.study.id};
    return claim;
  }

  // A row each method: `value` of it.
  Picture rows(std::string title, std::string xTitle, double scale, bool log,
               const std::function<Estimate(Index)>& value) const {
    Picture picture = rowsPicture(std::move(title), std::move(xTitle), scale);
    picture.logX = log;
    for (Index c = 1; c < comparison_.configurations.size(); ++c)
      if (const Estimate y = value(c); std::isfinite(y.value) && !(log && y.value <= 0))
        addRow(picture, at(c).title, at(c).slot, y);
    return picture;
  }
  // A line each method: `value` of it and of x.
  Picture lines(std::string title, std::string xTitle, std::string yTitle, const std::vector<double>& xs,
                const std::function<double(Index, double)>& value) const {
    Picture picture = linesPicture(std::move(title), std::move(xTitle), std::move(yTitle), true, true, 1);
    for (Index c = 1; c < comparison_.configurations.size(); ++c) {
      PictureSeries series{at(c).title, at(c).slot, {}};
      for (const double x : xs)
        if (const double y = value(c, x); y > 0) series.points.push_back({x, {y, y, y}});
      if (!series.points.empty()) picture.series.push_back(std::move(series));
    }
    return picture;
  }

  Claim accuracy() const {
    Claim claim = about("accuracy",
                        "Difference of the shares of right answers on the test split, paired on the "
                        "examples; intervals corrected for all pairs by Holm's method, and a gap above " +
                            formatFixed(comparison_.study.smallestGap * 100, 1) + " points.",
                        full_ != kNone, [&](const Configuration& prompt, Index c) -> Finding {
                          const PairWord word = comparison_.word(full_, c);
                          const ConfigurationPair& pair = *comparison_.pair(full_, c);
                          const double sign = pair.a == full_ ? 1 : -1;
                          const double low = sign > 0 ? pair.corrected.low : -pair.corrected.high;
                          const double high = sign > 0 ? pair.corrected.high : -pair.corrected.low;
                          return {word == PairWord::kBetter          ? ClaimWord::kSupported
                                  : word == PairWord::kNotEnoughData ? ClaimWord::kNotSettled
                                                                     : ClaimWord::kRefuted,
                                  at(full_).title + " minus " + prompt.title + ": " +
                                      pointsText(sign * pair.difference.mean) + " (" +
                                      pointsIntervalText(low, high) + ").",
                                  {sign * pair.difference.mean, low, high}};
                        });
    claim.unit = "accuracy of full fine-tuning minus that of the soft prompt, 0–1";
    claim.picture = rows("Right answers on the test split", "correct answers (%), 95 % interval", 100, false,
                         [&](Index c) {
                           return Estimate{at(c).mean, at(c).low, at(c).high};
                         });
    return claim;
  }

  // Of the configuration's runs, logarithms of a time: [seed][the one number].
  Values logTimes(Index c, const std::function<double(const RunCost&)>& seconds) const {
    Values times;
    for (const Run& run : runs_)
      for (const RunId id : at(c).runs)
        if (run.id == id && seconds(run.cost) > 0) times.push_back({std::log(seconds(run.cost))});
    return times;
  }
  Values trainingTimes(Index c) const {
    return logTimes(c, [](const RunCost& cost) { return cost.knownTrainSeconds(); });
  }
  Values answerTimes(Index c) const {
    return logTimes(c, [](const RunCost& cost) { return cost.secondsPerPrediction; });
  }
  // How many times b's time a takes; nothing where a time is not known. A single run's time is taken to vary
  // by a quarter, for the machine may have had other work.
  static std::optional<Estimate> timesAsLong(const Values& a, const Values& b) {
    constexpr double kAssumed = 0.25;
    if (a.empty() || b.empty()) return std::nullopt;
    const Estimate log = contrast({{{{1, a}}, kAssumed}, {{{-1, b}}, kAssumed}});
    return Estimate{std::exp(log.value), std::exp(log.low), std::exp(log.high)};
  }
  static std::string ratioText(const Estimate& ratio) {
    return " (95 %: " + formatFixed(ratio.low, 2) + " to " + formatFixed(ratio.high, 2) + ")";
  }

  Claim trainingCost() const {
    Claim claim =
        about("training_cost",
              "Training time of full fine-tuning over that of the soft prompt, searches and looks at "
              "validation included, on this computer; Welch's t interval of the log ratio over seeds; a "
              "single run's time is taken to vary by a quarter. Cheaper: the interval lies above 1 and the "
              "ratio above 1.1. Time to finish: soft prompts usually also need more steps to be as good.",
              full_ != kNone, [&](const Configuration& prompt, Index c) -> Finding {
                const auto ratio = timesAsLong(trainingTimes(full_), trainingTimes(c));
                if (!ratio) return {ClaimWord::kNotSettled, prompt.title + ": time not known."};
                return {ratio->low > 1 && ratio->value > kNoticeable        ? ClaimWord::kSupported
                        : ratio->high < 1 && ratio->value < 1 / kNoticeable ? ClaimWord::kRefuted
                                                                            : ClaimWord::kNotSettled,
                        prompt.title + ": full fine-tuning takes " + formatFixed(ratio->value, 2) +
                            " times its time" + ratioText(*ratio) + ".",
                        *ratio};
              });
    claim.unit = "training time of full fine-tuning over that of the soft prompt";
    claim.picture = rows("Training time", "seconds (log), mean over seeds", 1, true, [&](Index c) {
      const double seconds = at(c).cost.knownTrainSeconds();
      return Estimate{seconds, seconds, seconds};
    });
    return claim;
  }

  Claim storage() const {
    Claim claim = about(
        "storage",
        "Bytes of the files that a run leaves beyond the shared base, means over seeds; a base of 4 bytes a "
        "number. From T tasks on base + T prompts take less room than T whole models: T = base / (model − "
        "prompt). Next to no room: less than a hundredth of the model.",
        full_ != kNone, [&](const Configuration& prompt, Index) -> Finding {
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
          const double share = own / model;
          return {
              share < 0.01 ? ClaimWord::kSupported : ClaimWord::kRefuted, text + ".", {share, share, share}};
        });
    claim.unit = "stored bytes of the soft prompt over those of the whole model";
    claim.picture = lines("Room for several tasks", "tasks (log)", "bytes (log)",
                          {1, 3, 10, 30, 100, 300, 1000}, [&](Index c, double tasks) {
                            const RunCost& cost = at(c).cost;
                            if (cost.totalParameters == 0) return 0.0;
                            const bool whole = at(c).method == "full";
                            return (whole ? 0 : 4.0 * static_cast<double>(cost.totalParameters)) +
                                   tasks * static_cast<double>(cost.storedBytes);
                          });
    return claim;
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

  // How a text put otherwise is answered.
  struct Paraphrased {
    Values flips;           // [seed][text that can be]: share of its forms that are answered differently
    double equalRight = 0;  // share of all forms that are answered as the text is, and rightly
    std::size_t forms = 0;
  };
  Paraphrased paraphrased(Index c) const {
    Paraphrased result;
    if (!answers_ || !comparison_.study.conditions.asksParaphrases || !at(c).runs.front()) return result;
    double asked = 0;
    for (std::size_t s = 0; s < at(c).runs.size(); ++s) {
      std::map<std::int64_t, std::int64_t> own;  // by row
      for (std::size_t i = 0; i < comparison_.testItems.size(); ++i)
        own[comparison_.testItems[i].row] = at(c).predicted[s][i];
      std::map<std::int64_t, std::pair<double, double>> rows;  // forms, and those answered differently
      result.forms = 0;
      for (const std::vector<Prediction>& predictions : answers_(at(c).runs[s], kParaphrasePrefix)) {
        result.forms += !predictions.empty();
        for (const Prediction& p : predictions) {
          const bool same = own.at(p.row) == p.predicted;
          rows[p.row].first += 1;
          rows[p.row].second += !same;
          asked += 1;
          result.equalRight += same && p.predicted == p.label;
        }
      }
      auto& shares = result.flips.emplace_back();
      for (const auto& [row, counts] : rows) shares.push_back(counts.second / counts.first);
    }
    result.equalRight /= std::max(1.0, asked);
    // A run that was not asked leaves nothing to compare.
    for (const auto& shares : result.flips)
      if (shares.empty() || shares.size() != result.flips.front().size()) return {};
    return result;
  }

  static std::string calibrationText(const Configuration& c) {
    if (c.confidences.empty() || c.confidences.front().empty()) return {};
    double error = 0;
    for (std::size_t s = 0; s < c.confidences.size(); ++s)
      error += calibrationError(c.confidences[s], c.outcomes[s]) / static_cast<double>(c.confidences.size());
    return percentText(error);
  }

  Claim consistency() const {
    const auto several = [&](Index c) { return at(c).n() >= 2; };
    const bool possible =
        full_ != kNone && several(full_) && std::all_of(prompts_.begin(), prompts_.end(), several);
    Claim claim = about(
        "consistency",
        "Share of pairs of seeds that answer a test example differently, mean over examples; 95 % interval "
        "of the difference over examples (t), for the seeds that there are. A method that gives every text "
        "the same answer is consistent as well. The experiment on consistency also puts the texts otherwise, "
        "in eight frozen ways that leave the meaning (short forms, words of like meaning, numbers, the mark "
        "at the end, a typing error, small letters, a lead-in, quotation marks), at most 500 of them: the "
        "share of forms that are answered differently from the text itself, over the texts that a way "
        "changes; Student's t interval over texts and seeds. Calibration error: 15 bins of equally many.",
        possible,
        [&](const Configuration& prompt, Index c) -> Finding {
          const Values answers{churn(c)}, others{churn(full_)};
          const Estimate own = contrast({{{{1, answers}}}}), reference = contrast({{{{1, others}}}});
          const Estimate difference = contrast({{{{1, answers}}}, {{{-1, others}}}});
          return {wordOfDifference(difference, 0),
                  prompt.title + ": two seeds disagree on " + percentText(own.value) + " of the examples, " +
                      at(full_).title + " on " + percentText(reference.value) + " (difference " +
                      pointsIntervalText(difference.low, difference.high) + ")." +
                      (calibrationText(prompt).empty() || calibrationText(at(full_)).empty()
                           ? std::string()
                           : " Calibration error " + calibrationText(prompt) + " against " +
                                 calibrationText(at(full_)) + "."),
                  difference};
        },
        [&](const Configuration& prompt, Index c) -> std::optional<Finding> {
          const Paraphrased own = paraphrased(c), other = paraphrased(full_);
          if (own.flips.empty() || other.flips.empty() ||
              own.flips.front().size() != other.flips.front().size())
            return std::nullopt;
          const Estimate rate = contrast({{{{1, own.flips}}}}), reference = contrast({{{{1, other.flips}}}});
          const Estimate difference = contrast({{{{1, own.flips}}}, {{{-1, other.flips}}}});
          return Finding{wordOfDifference(difference, 0),
                         "Texts put otherwise in " + std::to_string(own.forms) + " ways: " + prompt.title +
                             " answers " + percentText(rate.value) + " differently (equal and right " +
                             percentText(own.equalRight) + "), " + at(full_).title + " " +
                             percentText(reference.value) + " (equal and right " +
                             percentText(other.equalRight) + "; difference " +
                             pointsIntervalText(difference.low, difference.high) + ").",
                         difference};
        });
    claim.unit = "share of examples that two seeds answer differently, soft prompt minus full fine-tuning";
    claim.picture =
        rows("Two seeds answer differently", "share of the test examples (%), 95 % interval", 100, false,
             [&](Index c) {
               return several(c) ? contrast({{{{1, {churn(c)}}}}}) : Estimate{Claim::kNoNumber, 0, 0};
             });
    return claim;
  }

  // From how many questions to how many; nothing with one seed.
  std::string paidBackText(Index c) const {
    const Values training = trainingTimes(c);
    Values shown = answerTimes(fewShot_), own = answerTimes(c);
    if (shown.size() < 2 || own.size() < 2 || training.size() < 2) return {};
    for (Values* times : {&shown, &own})
      for (auto& seed : *times) seed.front() = std::exp(seed.front());
    const Estimate saved = contrast({{{{1, shown}}}, {{{-1, own}}}});
    const Estimate seconds = contrast({{{{1, training}}}});
    return " (" + wholeText(std::llround(std::exp(seconds.low) / saved.high)) + " to " +
           (saved.low > 0 ? wholeText(std::llround(std::exp(seconds.high) / saved.low)) : "never") + ")";
  }

  Claim queryCost() const {
    Claim claim = about(
        "query_cost",
        "Time of an answer on this computer (batches of like length) and the tokens that a request carries "
        "beyond the text; interval of the log ratio over seeds, a single run's time is taken to vary by a "
        "quarter. Costs more: the interval lies above 1 and the ratio above 1.1; not so: it lies below 1.1. "
        "Training is paid back after training time / (few-shot's time − its own time) questions; its "
        "interval joins the 95 % intervals over seeds of the training time and of the time saved, so it "
        "holds in 90 % or more.",
        full_ != kNone, [&](const Configuration& prompt, Index c) -> Finding {
          const auto ratio = timesAsLong(answerTimes(c), answerTimes(full_));
          if (!ratio) return {ClaimWord::kNotSettled, prompt.title + ": time not known."};
          const double own = prompt.cost.secondsPerPrediction;
          std::string text = prompt.title + " takes " + formatFixed(ratio->value, 2) +
                             " times as long for an answer" + ratioText(*ratio) + " and carries " +
                             formatFixed(prompt.cost.promptTokensPerRequest, 0) + " tokens more";
          if (fewShot_ != kNone) {
            const double saved = at(fewShot_).cost.secondsPerPrediction - own;
            text += saved > 0 && prompt.cost.knownTrainSeconds() > 0
                        ? "; against few-shot its training is paid back after " +
                              wholeText(std::llround(std::ceil(prompt.cost.knownTrainSeconds() / saved))) +
                              " questions" + paidBackText(c)
                        : "; against few-shot its training is never paid back";
          }
          return {ratio->low > 1 && ratio->value > kNoticeable ? ClaimWord::kSupported
                  : ratio->high < kNoticeable                  ? ClaimWord::kRefuted
                                                               : ClaimWord::kNotSettled,
                  text + ".", *ratio};
        });
    claim.unit = "time of an answer of the soft prompt over that of full fine-tuning";
    claim.picture =
        lines("Training and answers together", "questions (log)", "seconds (log)",
              {1, 10, 100, 1000, 10000, 100000, 1000000}, [&](Index c, double questions) {
                const RunCost& cost = at(c).cost;
                return std::max(0.0, cost.knownTrainSeconds()) + questions * cost.secondsPerPrediction;
              });
    return claim;
  }

  const Comparison& comparison_;
  const std::vector<Run>& runs_;
  const AnswersOf& answers_;
  Index full_ = kNone, fewShot_ = kNone;
  std::vector<Index> prompts_;
};

}  // namespace

std::vector<Claim> claimsOf(const Comparison& comparison, const std::vector<Run>& runs,
                            const AnswersOf& answers) {
  return Board(comparison, runs, answers).claims();
}

}  // namespace attune
