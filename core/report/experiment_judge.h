#pragma once

#include <string>
#include <vector>

#include "core/report/claims.h"

namespace attune {

// The studies of an experiment, read from the store.
struct ExperimentArms {
  Store& store;
  std::vector<Comparison> arms;        // in the order of the plan
  std::vector<std::vector<Run>> runs;  // of each

  // nullptr: the arm has no such configuration with a result.
  const Configuration* find(std::size_t arm, const std::string& title) const;
  const Run& run(std::size_t arm, RunId id) const;
  // Has its own parameters, and a result in every arm: worth comparing. In the order of the study.
  std::vector<std::string> tunedTitles() const;
  // Of those the ones with virtual tokens, and the one they are held against: full fine-tuning, or where that
  // is missing LoRA; empty: none.
  std::vector<std::string> promptTitles() const;
  std::string referenceTitle() const;
  // Its spread over seeds where there is one seed alone.
  static double assumedSpread(const Configuration& configuration);
  double smallestGap() const { return arms.front().study.smallestGap; }
};

// Where nothing is known of how far other seeds would be from a number that is no accuracy: no word is said.
inline constexpr const char* kOneSeedNote =
    " One seed: training luck is not in these intervals, so nothing is settled.";

// One an experiment that has runs of its own; each says in `why` what it works out.
Claim judgeDataEfficiency(const ExperimentArms& arms);
Claim judgeOverfitting(const ExperimentArms& arms);
Claim judgeFragility(const ExperimentArms& arms);
Claim judgeNonsenseLabels(const ExperimentArms& arms);
Claim judgeForgetting(const ExperimentArms& arms);
Claim judgeShots(const ExperimentArms& arms);

// The claim of the experiment that these studies are the arms of. Throws as Comparison::load does.
Claim judgeExperiment(Store& store, const std::vector<Study>& arms);

// A card each experiment of the catalog, for the data and base of a study: what an ordinary comparison
// answers from the study itself, or where it does not from the newest that does; the others from the newest
// experiment on the same data and base; else not measured, with what would measure it.
std::vector<Claim> claimBoard(Store& store, const Comparison& comparison, const std::vector<Run>& runs);

}  // namespace attune
