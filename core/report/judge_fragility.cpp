#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/report/experiment_judge.h"
#include "core/report/number_text.h"

namespace attune {
namespace {

using Answers = std::vector<std::int64_t>;                   // by item of the panel
using Worded = std::map<std::string, std::vector<Answers>>;  // by wording ("" as trained), then seed

struct Panel {
  std::vector<std::int64_t> labels;  // the right answers, by item
  Worded answers;
};

Panel panelOf(const ExperimentArms& arms, const Configuration& configuration) {
  Panel panel;
  for (const RunId id : configuration.runs) {
    std::set<std::int64_t> rows;
    for (const std::string& name : arms.store.predictionNames(id)) {
      if (!name.starts_with(kWordingPrefix)) continue;
      Answers answers;
      const bool first = panel.labels.empty();
      for (const Prediction& p : arms.store.predictions(id, name)) {
        answers.push_back(p.predicted);
        if (first) panel.labels.push_back(p.label);
        rows.insert(p.row);
      }
      panel.answers[name.substr(std::string(kWordingPrefix).size())].push_back(std::move(answers));
    }
    Answers own;
    for (const Prediction& p : arms.store.predictions(id, kTestSplit))
      if (rows.contains(p.row)) own.push_back(p.predicted);
    panel.answers[""].push_back(std::move(own));
  }
  // Only wordings that every seed was asked under, on the same items.
  std::erase_if(panel.answers, [&](const auto& worded) {
    return worded.second.size() != configuration.runs.size() ||
           std::any_of(worded.second.begin(), worded.second.end(),
                       [&](const Answers& answers) { return answers.size() != panel.labels.size(); });
  });
  return panel;
}

double accuracy(const Panel& panel, const std::vector<Answers>& seeds) {
  double right = 0;
  for (const Answers& answers : seeds)
    for (std::size_t i = 0; i < answers.size(); ++i) right += answers[i] == panel.labels[i];
  return right / static_cast<double>(seeds.size() * panel.labels.size());
}

// Share of the pairs of these wordings that are answered differently, by seed and item.
Values flips(const Panel& panel, const std::vector<std::string>& wordings) {
  Values values(panel.answers.at("").size(), std::vector<double>(panel.labels.size(), 0));
  const double pairs = static_cast<double>(wordings.size() * (wordings.size() - 1)) / 2;
  for (std::size_t a = 0; a < wordings.size(); ++a)
    for (std::size_t b = a + 1; b < wordings.size(); ++b)
      for (std::size_t s = 0; s < values.size(); ++s)
        for (std::size_t i = 0; i < panel.labels.size(); ++i)
          values[s][i] +=
              (panel.answers.at(wordings[a])[s][i] != panel.answers.at(wordings[b])[s][i]) / pairs;
  return values;
}

// How far the first wording is above the mean of the others: what was tuned with it may lean on it.
double advantage(const Panel& panel) {
  double others = 0;
  for (const auto& [name, seeds] : panel.answers)
    if (!name.empty()) others += accuracy(panel, seeds) / static_cast<double>(panel.answers.size() - 1);
  return accuracy(panel, panel.answers.at("")) - others;
}

// What disturbing the virtual tokens costs: accuracy with them as they are minus disturbed, by kind.
std::string disturbedText(const ExperimentArms& arms, const Configuration& c) {
  if (!arms.arms.front().study.conditions.disturbsPrompt) return {};
  std::map<std::string, std::map<std::string, Values>> kinds;  // "drop", then each of the kind
  for (const RunId run : c.runs) {
    std::map<std::int64_t, bool> right;
    for (const Prediction& p : arms.store.predictions(run, kTestSplit)) right[p.row] = p.predicted == p.label;
    for (const std::string& name : arms.store.predictionNames(run)) {
      if (!name.starts_with(kVirtualPrefix)) continue;
      const std::string kind = name.substr(std::string(kVirtualPrefix).size());
      auto& lost = kinds[kind.substr(0, kind.find('/'))][kind].emplace_back();
      for (const Prediction& p : arms.store.predictions(run, name))
        lost.push_back(right.at(p.row) - (p.predicted == p.label));
    }
  }
  std::string text;
  const auto add = [&](const std::string& kind, const std::string& what, bool tellsWorst) {
    const auto found = kinds.find(kind);
    if (found == kinds.end()) return;
    Values mean;  // over all of the kind
    double worst = -1;
    for (const auto& [name, values] : found->second) {
      if (values.size() != c.runs.size()) return;
      worst = std::max(worst, contrast({{{{1, values}}}}).value);
      if (mean.empty()) mean = Values(values.size(), std::vector<double>(values.front().size(), 0));
      for (std::size_t s = 0; s < values.size(); ++s)
        for (std::size_t i = 0; i < std::min(mean[s].size(), values[s].size()); ++i)
          mean[s][i] += values[s][i] / static_cast<double>(found->second.size());
    }
    const Estimate cost = contrast({{{{1, mean}}}});
    text += (text.empty() ? " Its virtual tokens: " : "; ") + what + " " + pointsText(-cost.value) + " (" +
            pointsIntervalText(-cost.high, -cost.low) +
            (tellsWorst ? ", at worst " + pointsText(-worst) : "") + ")";
  };
  add("drop", "one left out", true);
  add("order", "in another order", false);
  for (const char* percent : {"1", "5", "10"})
    add(std::string("noise_") + percent, std::string("with ") + percent + " % noise", false);
  return text.empty() ? text : text + ".";
}

// Right under every wording.
double worst(const Panel& panel) {
  double right = 0;
  const std::size_t seeds = panel.answers.at("").size();
  for (std::size_t s = 0; s < seeds; ++s)
    for (std::size_t i = 0; i < panel.labels.size(); ++i)
      right += std::all_of(panel.answers.begin(), panel.answers.end(),
                           [&](const auto& worded) { return worded.second[s][i] == panel.labels[i]; });
  return right / static_cast<double>(seeds * panel.labels.size());
}

}  // namespace

Claim judgeFragility(const ExperimentArms& arms) {
  Claim claim =
      unmeasuredClaim("fragility", "Compare a hand-written prompt with a tuned method to measure it.");
  claim.why =
      "Every method is asked again under the wordings of a panel that was fixed before (format, lead-in, "
      "form of the label words, order of the examples shown), at most 500 test examples; what was trained "
      "was trained with the first wording. The flip rate is the share of pairs of wordings that an example "
      "is answered differently under, over the wordings that both methods have; its difference has Student's "
      "t interval over examples and seeds. Spread: highest minus lowest accuracy over the wordings. Worst "
      "case: right under every wording. A method that gives every text the same answer does not flip. "
      "Virtual tokens are disturbed on at most 200 test examples: each left out once, three other orders, "
      "normal noise of 1, 5 and 10 % of the root mean square of an embedding (of a prefix: of its own "
      "numbers).";
  claim.unit = "flip rate, hand-written prompt minus tuned method, 0–1";
  std::string hand;
  for (const char* method : {"hand_prompt", "untuned", "few_shot", "calibrated_few_shot"})
    for (const Configuration& c : arms.arms.front().configurations)
      if (c.method == method && hand.empty()) hand = c.title;
  std::map<std::string, Panel> panels;
  claim.picture =
      rowsPicture("Accuracy under every wording", "correct answers (%), a mark each wording", 100);
  claim.picture.mark = NAN;
  for (const Configuration& c : arms.arms.front().configurations) {
    if (!c.runs.front()) continue;
    Panel panel = panelOf(arms, c);
    if (panel.labels.empty() || panel.answers.size() < 2 || !panel.answers.contains("")) continue;
    PictureSeries series{c.title, c.slot, {}};
    for (const auto& [name, seeds] : panel.answers) {
      const double y = accuracy(panel, seeds);
      series.points.push_back({static_cast<double>(claim.picture.rows.size()), {y, y, y}});
    }
    claim.picture.rows.push_back(c.title);
    claim.picture.series.push_back(std::move(series));
    panels.emplace(c.title, std::move(panel));
  }
  const auto told = [&](const std::string& title) {
    const Panel& panel = panels.at(title);
    double low = 1, high = 0;
    std::string lowest;
    for (const auto& [name, seeds] : panel.answers) {
      const double y = accuracy(panel, seeds);
      if (y < low) lowest = name;
      low = std::min(low, y);
      high = std::max(high, y);
    }
    return title + ": " + percentText(low) + " to " + percentText(high) + " over " +
           std::to_string(panel.answers.size()) + " wordings" +
           (lowest.empty() || low == high ? std::string() : " (lowest: " + lowest + ")") +
           ", right under all " + percentText(worst(panel)) + ", the first wording " +
           pointsText(advantage(panel)) + " above the others' mean.";
  };
  std::vector<Finding> findings;
  bool oneSeed = false;
  for (const Configuration& c : arms.arms.front().configurations) {
    if (c.cost.trainableParameters == 0 || !panels.contains(c.title) || !panels.contains(hand)) continue;
    const Panel &tuned = panels.at(c.title), &written = panels.at(hand);
    std::vector<std::string> common;
    for (const auto& [name, seeds] : tuned.answers)
      if (written.answers.contains(name)) common.push_back(name);
    if (common.size() < 2 || tuned.labels != written.labels) continue;
    const Part own{1, flips(tuned, common)};
    const double rate = contrast({{{own}}}).value;
    const Estimate difference = contrast({{{{1, flips(written, common)}}}, {{{-1, own.values}}}});
    oneSeed |= c.luckIsAssumed();
    findings.push_back({c.luckIsAssumed() ? ClaimWord::kNotSettled : wordOfDifference(difference, 0),
                        told(c.title) + " Two wordings disagree on " + percentText(rate) +
                            " of the examples, of " + hand + " on " + percentText(rate + difference.value) +
                            " (difference " + pointsIntervalText(difference.low, difference.high) + ")." +
                            disturbedText(arms, c),
                        difference});
  }
  if (!findings.empty()) findings.front().effect = told(hand) + " " + findings.front().effect;
  settle(claim, findings);
  if (oneSeed) claim.effect += kOneSeedNote;
  return claim;
}

}  // namespace attune
