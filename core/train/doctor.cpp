#include "core/train/doctor.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/text.h"

namespace attune {
namespace doctor {

double meanOf(const std::vector<double>& values, std::size_t begin, std::size_t end) {
  return std::accumulate(values.begin() + static_cast<std::ptrdiff_t>(begin),
                         values.begin() + static_cast<std::ptrdiff_t>(end), 0.0) /
         static_cast<double>(end - begin);
}

// So many digits that count, without zeros behind them.
std::string significant(double value, int digits) {
  if (value == 0 || !std::isfinite(value)) return formatShortest(value);
  const int exponent = static_cast<int>(std::floor(std::log10(std::abs(value))));
  std::string text = formatFixed(value, std::clamp(digits - 1 - exponent, 0, 15));
  if (text.find('.') == std::string::npos) return text;
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string percent(double share) { return formatFixed(100 * share, 1) + " %"; }
std::string rateText(double rate) { return significant(rate, 2); }
std::string shortNumber(double value) { return significant(value, 3); }

class Examination {
 public:
  Examination(const TrainingRecord& record, const ParamSet& params, double learningRate)
      : r_(record), params_(params), rate_(learningRate) {}

  std::vector<RunFinding> findings() {
    if (r_.diverged) {
      rate("diverged", "The loss was no longer a number at step " + std::to_string(r_.steps) + ".", 0.1);
      return found_;
    }
    loss();
    answers();
    weights();
    input();
    curve();
    return found_;
  }

 private:
  void add(const std::string& rule, const std::string& text, const std::string& cure,
           const std::string& setting = {}, const std::string& value = {}) {
    found_.push_back({rule, text, cure, setting, value});
  }
  void rate(const std::string& rule, const std::string& text, double factor) {
    const std::string value = rateText(rate_ * factor);
    add(rule, text,
        std::string("Try a ") + (factor < 1 ? "lower" : "higher") + " learning rate: " + value + ".",
        "learning_rate", value);
  }

  void loss() {
    const std::size_t n = r_.losses.size();
    if (n < 8) return;
    first_ = meanOf(r_.losses, 0, std::max<std::size_t>(2, std::min<std::size_t>(10, n / 10)));
    last_ = meanOf(r_.losses, n - n / 4, n);
    const std::string course = "from " + shortNumber(first_) + " to " + shortNumber(last_);
    if (last_ > 1.05 * first_) {
      rose_ = true;
      rate("loss_rose", "The training loss rose, " + course + ".", 1.0 / 3);
    } else if (last_ > 0.98 * first_) {
      flat_ = true;
      rate("flat_loss", "The training loss hardly fell, " + course + ".", 3);
    }
  }

  void answers() {
    if (r_.commonestAnswer <= 0.95 || r_.commonestLabel > 0.95) return;
    const std::string text = percent(r_.commonestAnswer) + " of the validation answers are ‘" +
                             r_.commonestAnswerName + "’; of the right answers " +
                             percent(r_.commonestLabel) + " are one label.";
    // Too high a rate shows in a loss that rises; otherwise the training has not got far.
    rate("collapsed", text, rose_ ? 1.0 / 3 : 3);
  }

  // Nothing was learned, or validation ended clearly below its best.
  bool suffers() const {
    double best = 0;
    for (const TrainingRecord::Look& look : r_.looks) best = std::max(best, look.score.accuracy);
    return flat_ || rose_ || !found_.empty() ||
           (!r_.looks.empty() && r_.looks.back().score.accuracy < best - 0.02);
  }

  void weights() {
    if (r_.startNorm > 0 && r_.moved < 1e-4 * r_.startNorm)
      rate("unmoved", "What is trained changed by " + shortNumber(100 * r_.moved / r_.startNorm) + " % only.",
           10);
    // What grows and answers well is no illness: fresh heads and virtual tokens begin small.
    if (!suffers()) return;
    if (r_.startNorm > 0 && r_.endNorm > 10 * r_.startNorm)
      rate("exploded",
           "What is trained became " + shortNumber(r_.endNorm / r_.startNorm) +
               " times as large as at the start.",
           1.0 / 3);
    if (r_.virtualNorm > 5 * r_.wordNorm && r_.wordNorm > 0)
      rate("off_manifold",
           "The virtual tokens became " + shortNumber(r_.virtualNorm / r_.wordNorm) +
               " times as long as real words, far from what the model knows.",
           1.0 / 3);
  }

  void input() {
    if (r_.trainRows > 0 && r_.truncatedRows * 10 > r_.trainRows)
      add("truncated",
          std::to_string(r_.truncatedRows) + " of " + std::to_string(r_.trainRows) +
              " training texts were cut to fit the model's context.",
          "Shorten the prompt or the virtual tokens, or choose a base with a longer context.");
    if (!r_.firstTokensDiffer)
      add("same_first_token",
          "Label words begin with the same token, so that all their tokens must be compared.",
          "Give label words that begin differently: it is faster and clearer for the model.");
  }

  void curve() {
    if (r_.looks.size() < 4 || flat_ || rose_) return;
    const TrainingRecord::Look& last = r_.looks.back();
    double before = 0;
    for (std::size_t i = 0; i + 1 < r_.looks.size(); ++i) {
      if (r_.looks[i].score.accuracy > last.score.accuracy) return;
      if (r_.looks[i].step <= last.step * 3 / 4) before = std::max(before, r_.looks[i].score.accuracy);
    }
    if (last.score.accuracy < before + 0.01) return;
    const std::string text = "Validation was still rising when training ended: " + percent(before) +
                             " at three quarters, " + percent(last.score.accuracy) + " at the end.";
    if (r_.stepLimited) return add("still_rising", text, "Allow more steps: their limit ended the training.");
    if (!params_.has("epochs")) return;
    const std::string value = std::to_string(2 * params_.getInt("epochs"));
    add("still_rising", text, "Train longer: " + value + " epochs.", "epochs", value);
  }

  const TrainingRecord& r_;
  const ParamSet& params_;
  double rate_;
  std::vector<RunFinding> found_;
  double first_ = 0, last_ = 0;
  bool rose_ = false, flat_ = false;
};

}  // namespace doctor

std::vector<RunFinding> diagnose(const TrainingRecord& record, const ParamSet& params, double learningRate) {
  return doctor::Examination(record, params, learningRate).findings();
}

}  // namespace attune
