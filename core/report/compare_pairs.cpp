#include "core/report/compare_pairs.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/report/crossed.h"

namespace attune {
namespace {

void measure(Configuration& configuration) {
  configuration.mean = meanAccuracy(configuration.outcomes);
  const Interval interval = accuracyInterval(configuration.outcomes);
  configuration.low = interval.low;
  configuration.high = interval.high;
  configuration.spread = 0;
  const std::size_t n = configuration.accuracies.size();
  if (n < 2) return;
  double squares = 0;
  for (const double accuracy : configuration.accuracies)
    squares += (accuracy - configuration.mean) * (accuracy - configuration.mean);
  configuration.spread = std::sqrt(squares / static_cast<double>(n - 1));
}

void countVotes(ConfigurationPair& pair, const Configuration& a, const Configuration& b) {
  for (std::size_t i = 0; i < a.outcomes.front().size(); ++i) {
    const bool rightA = majorityRight(a, i);
    const bool rightB = majorityRight(b, i);
    ++(rightA ? (rightB ? pair.bothRight : pair.onlyA) : (rightB ? pair.onlyB : pair.bothWrong));
  }
  pair.mcnemarP = mcnemarExact(pair.onlyA, pair.onlyB);
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

}  // namespace

bool majorityRight(const Configuration& configuration, std::size_t item) {
  std::size_t right = 0;
  for (const auto& row : configuration.outcomes) right += row[item];
  return 2 * right > configuration.outcomes.size();
}

Vote majorityVote(const Configuration& configuration, std::size_t item) {
  std::map<std::int64_t, int> counts;
  for (const auto& row : configuration.predicted) ++counts[row[item]];
  Vote vote;
  for (const auto& [label, votes] : counts)
    if (votes > vote.votes) vote = {label, votes};
  return vote;
}

double macroF1(const std::vector<std::int64_t>& right, const std::vector<std::int64_t>& predicted) {
  struct Counts {
    double hits = 0, asked = 0, answered = 0;
  };
  std::map<std::int64_t, Counts> labels;
  for (std::size_t i = 0; i < right.size(); ++i) {
    labels[right[i]].asked += 1;
    labels[predicted[i]].answered += 1;
    if (right[i] == predicted[i]) labels[right[i]].hits += 1;
  }
  if (labels.empty()) return 0;
  double sum = 0;
  for (const auto& [label, counts] : labels) sum += 2 * counts.hits / (counts.asked + counts.answered);
  return sum / static_cast<double>(labels.size());
}

void compareConfigurations(Comparison& comparison, bool bootstrap) {
  std::vector<Configuration>& all = comparison.configurations;
  std::vector<const Outcomes*> outcomes;
  for (const Configuration& configuration : all) outcomes.push_back(&configuration.outcomes);
  const auto draws = bootstrap ? bootstrapMeans(outcomes) : std::vector<std::vector<double>>{};
  for (Configuration& configuration : all) measure(configuration);

  comparison.pairs.clear();
  const SeedPrior prior = seedPrior(outcomes);
  std::vector<PairedDifference> differences;
  std::vector<double> p;
  for (std::size_t a = 0; a < all.size(); ++a)
    for (std::size_t b = a + 1; b < all.size(); ++b) {
      ConfigurationPair& pair = comparison.pairs.emplace_back();
      pair.a = a;
      pair.b = b;
      const PairedDifference& difference =
          differences.emplace_back(PairedDifference::Side(all[a].outcomes, all[a].seeded),
                                   PairedDifference::Side(all[b].outcomes, all[b].seeded), prior);
      pair.difference = {difference.mean(), difference.interval(), difference.p()};
      if (bootstrap) pair.bootstrap = percentileInterval(differencesOfDraws(draws[a], draws[b]));
      countVotes(pair, all[a], all[b]);
      p.push_back(pair.difference.p);
    }

  const std::vector<double> adjusted = holm(p);
  const std::vector<double> levels = holmLevels(p);
  std::vector<double> gaps;
  for (std::size_t k = 0; k < comparison.pairs.size(); ++k) {
    ConfigurationPair& pair = comparison.pairs[k];
    pair.adjustedP = adjusted[k];
    pair.correctedLevel = levels[k];
    pair.corrected = differences[k].careful(levels[k]);
    pair.seedError = differences[k].seedError();
    pair.detectableGap = differences[k].detectable();
    pair.word = judgePair({pair.difference.mean, pair.corrected.low, pair.corrected.high, pair.adjustedP,
                           comparison.study.smallestGap, pair.detectableGap});
    if (pair.a > 0 || all.size() == 2) gaps.push_back(pair.detectableGap);
  }
  comparison.detectableGap = median(std::move(gaps));
}

}  // namespace attune
