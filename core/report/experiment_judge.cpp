#include "core/report/experiment_judge.h"

#include <algorithm>
#include <map>

#include "core/base/error.h"
#include "core/report/crossed.h"
#include "core/study/experiment.h"

namespace attune {

const Configuration* ExperimentArms::find(std::size_t arm, const std::string& title) const {
  for (const Configuration& configuration : arms[arm].configurations)
    if (configuration.title == title && configuration.runs.front()) return &configuration;
  return nullptr;
}

const Run& ExperimentArms::run(std::size_t arm, RunId id) const {
  for (const Run& run : runs[arm])
    if (run.id == id) return run;
  throw Error(ErrorKind::kInternal, "run " + std::to_string(id.value) + " is not in its study");
}

std::vector<std::string> ExperimentArms::tunedTitles() const {
  std::vector<std::string> titles;
  for (const MethodChoice& choice : arms.back().study.methods) {
    bool everywhere = choice.params.has("epochs");
    for (std::size_t arm = 0; arm < arms.size() && everywhere; ++arm)
      everywhere = find(arm, choice.title) != nullptr;
    if (everywhere) titles.push_back(choice.title);
  }
  return titles;
}

std::vector<std::string> ExperimentArms::promptTitles() const {
  std::vector<std::string> titles;
  for (const std::string& title : tunedTitles())
    for (const MethodChoice& choice : arms.back().study.methods)
      if (choice.title == title && choice.params.has("num_virtual_tokens")) titles.push_back(title);
  return titles;
}

std::string ExperimentArms::referenceTitle() const {
  for (const char* method : {"full", "lora"})
    for (const std::string& title : tunedTitles())
      if (find(arms.size() - 1, title)->method == method) return title;
  return {};
}

double ExperimentArms::assumedSpread(const Configuration& configuration) {
  return configuration.luckIsAssumed() ? kAssumedSeedSpread : 0;
}

Claim judgeExperiment(Store& store, const std::vector<Study>& studies) {
  ExperimentArms arms{store, {}, {}};
  for (const Study& study : studies) {
    arms.arms.push_back(Comparison::load(store, study.id));
    arms.runs.push_back(store.runs(study.id));
  }
  const std::string& name = studies.front().arm.experiment;
  using Judge = Claim (*)(const ExperimentArms&);
  static const std::map<std::string, Judge> kJudges{{"data_efficiency", judgeDataEfficiency},
                                                    {"overfitting", judgeOverfitting},
                                                    {"fragility", judgeFragility},
                                                    {"nonsense_labels", judgeNonsenseLabels},
                                                    {"forgetting", judgeForgetting},
                                                    {"shots", judgeShots}};
  Claim claim;
  if (const auto judge = kJudges.find(name); judge != kJudges.end()) {
    claim = judge->second(arms);
  } else {
    const std::vector<Claim> claims = claimsOf(arms.arms.front(), arms.runs.front());
    const auto found =
        std::find_if(claims.begin(), claims.end(), [&](const Claim& c) { return c.name == name; });
    if (found == claims.end())
      throw Error(ErrorKind::kUnsupported, "the experiment '" + name + "' is not known here",
                  "Install a newer Attune.");
    claim = *found;
  }
  claim.studies.clear();
  for (const Study& study : studies) claim.studies.push_back(study.id);
  return claim;
}

std::vector<Claim> claimBoard(Store& store, const Comparison& comparison, const std::vector<Run>& runs) {
  const std::vector<Claim> own = claimsOf(comparison, runs);
  // The newest group of each experiment; studies are in order of time.
  std::map<std::string, std::vector<Study>> newest;
  for (const Study& study : store.studies()) {
    if (study.arm.experiment.empty() || study.splitHash != comparison.study.splitHash ||
        study.datasetHash != comparison.study.datasetHash || study.base.hash != comparison.study.base.hash)
      continue;
    std::vector<Study>& group = newest[study.arm.experiment];
    if (!group.empty() && group.front().arm.group != study.arm.group) group.clear();
    group.push_back(study);
  }
  std::vector<Claim> board;
  for (const ExperimentInfo& info : experimentCatalog()) {
    const auto mine =
        std::find_if(own.begin(), own.end(), [&](const Claim& c) { return c.name == info.name; });
    if (mine != own.end() && mine->word != ClaimWord::kNotMeasured) {
      board.push_back(*mine);
    } else if (const auto group = newest.find(info.name); group != newest.end()) {
      try {
        board.push_back(judgeExperiment(store, group->second));
      } catch (const Error& e) {
        board.push_back(unmeasuredClaim(info.name, e.what()));
      }
    } else {
      board.push_back(mine != own.end() ? *mine
                                        : unmeasuredClaim(info.name, "Run the experiment “" + info.title +
                                                                         "” to measure it: " + info.summary));
    }
  }
  return board;
}

}  // namespace attune
