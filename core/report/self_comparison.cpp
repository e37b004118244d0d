#include "core/report/self_comparison.h"

#include "core/report/compare_pairs.h"

namespace attune {
namespace {

Configuration someSeeds(const Configuration& whole, std::size_t first, std::size_t count) {
  Configuration part;
  part.method = whole.method;
  part.title = whole.title;
  part.seeded = whole.seeded;
  for (std::size_t s = first; s < first + count; ++s) {
    part.runs.push_back(whole.runs[s]);
    part.seeds.push_back(whole.seeds[s]);
    part.accuracies.push_back(whole.accuracies[s]);
    part.outcomes.push_back(whole.outcomes[s]);
    part.predicted.push_back(whole.predicted[s]);
  }
  return part;
}

}  // namespace

std::vector<SelfComparison> compareWithThemselves(const Comparison& comparison, std::size_t group) {
  std::vector<SelfComparison> list;
  for (std::size_t c = 1; c < comparison.configurations.size(); ++c) {
    const Configuration& whole = comparison.configurations[c];
    for (std::size_t first = 0; first + 2 * group <= whole.outcomes.size(); first += 2 * group) {
      Comparison two;
      two.study.smallestGap = comparison.study.smallestGap;
      two.configurations = {someSeeds(whole, first, group), someSeeds(whole, first + group, group)};
      compareConfigurations(two);
      const ConfigurationPair& pair = two.pairs.front();
      list.push_back({whole.title, two.configurations[0].seeds, two.configurations[1].seeds,
                      two.configurations[0].mean, two.configurations[1].mean, pair.corrected, pair.adjustedP,
                      pair.word});
    }
  }
  return list;
}

}  // namespace attune
