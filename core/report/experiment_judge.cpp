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

namespace {

AnswersOf answersFrom(Store& store) {
  return [&store](RunId run, const std::string& prefix) {
    std::vector<std::vector<Prediction>> answers;
    for (const std::string& name : store.predictionNames(run))
      if (name.starts_with(prefix)) answers.push_back(store.predictions(run, name));
    return answers;
  };
}

}  // namespace

Claim judgeExperiment(Store& store, const std::vector<Study>& studies) {
  ExperimentArms arms{store, {}, {}};
  for (const Study& study : studies) {
    arms.arms.push_back(Comparison::load(store, study.id, false));
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
    const std::vector<Claim> claims = claimsOf(arms.arms.front(), arms.runs.front(), answersFrom(store));
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

namespace {

// Those of an ordinary comparison, each from the first study that measures it: the given one, then the newest
// on the same data and base whose task is the analyst's own.
std::map<std::string, Claim> comparisonClaims(Store& store, const Comparison& comparison,
                                              const std::vector<Run>& runs,
                                              const std::vector<Study>& studies) {
  constexpr int kMostStudies = 6;
  std::map<std::string, Claim> claims;
  const auto take = [&](std::vector<Claim> found) {
    for (Claim& claim : found) {
      const auto known = claims.find(claim.name);
      if (known == claims.end() || known->second.word == ClaimWord::kNotMeasured)
        claims.insert_or_assign(claim.name, claim);
    }
  };
  const auto open = [&] {
    return claims.empty() || std::any_of(claims.begin(), claims.end(), [](const auto& entry) {
             return entry.second.word == ClaimWord::kNotMeasured;
           });
  };
  if (!comparison.study.arm.altered) take(claimsOf(comparison, runs, answersFrom(store)));
  int looked = 0;
  for (auto study = studies.rbegin(); study != studies.rend() && open() && looked < kMostStudies; ++study) {
    if (study->id == comparison.study.id || study->arm.altered) continue;
    ++looked;
    try {
      take(claimsOf(Comparison::load(store, study->id, false), store.runs(study->id), answersFrom(store)));
    } catch (const Error&) {  // it cannot be compared, as its own page says
    }
  }
  return claims;
}

// One colour and marker a method, whatever its place in the study that a card is made from: those of the
// comparison that is looked at, and for methods that it has not the next ones.
class OneColour {
 public:
  explicit OneColour(const Comparison& comparison) {
    for (const Configuration& configuration : comparison.configurations) {
      slots_.emplace(configuration.title, configuration.slot);
      next_ = std::max(next_, configuration.slot + 1);
    }
  }
  // A series is called by its method, or by that and what x is ("LoRA, by training rows").
  void paint(Picture& picture) {
    for (PictureSeries& series : picture.series) {
      const std::string title = series.title.substr(0, series.title.rfind(", by "));
      const auto [found, isNew] = slots_.emplace(title, next_);
      next_ += isNew;
      series.slot = found->second;
    }
  }

 private:
  std::map<std::string, int> slots_;  // by title
  int next_ = 1;
};

}  // namespace

std::vector<Claim> claimBoard(Store& store, const Comparison& comparison, const std::vector<Run>& runs) {
  std::vector<Study> alike;  // in order of time
  for (Study& study : store.studies())
    if (study.splitHash == comparison.study.splitHash && study.datasetHash == comparison.study.datasetHash &&
        study.base.hash == comparison.study.base.hash)
      alike.push_back(std::move(study));
  std::map<std::string, std::vector<Study>> newest;  // group of each experiment
  for (const Study& study : alike) {
    if (study.arm.experiment.empty()) continue;
    std::vector<Study>& group = newest[study.arm.experiment];
    if (!group.empty() && group.front().arm.group != study.arm.group) group.clear();
    group.push_back(study);
  }
  const std::map<std::string, Claim> own = comparisonClaims(store, comparison, runs, alike);
  std::vector<Claim> board;
  for (const ExperimentInfo& info : experimentCatalog()) {
    const auto group = newest.find(info.name);
    const auto found = own.find(info.name);
    if (found != own.end() && !(info.asksMore && group != newest.end())) {
      board.push_back(found->second);
    } else if (group != newest.end() && (info.asksMore || !info.fromComparison)) {
      try {
        board.push_back(judgeExperiment(store, group->second));
      } catch (const Error& e) {
        board.push_back(unmeasuredClaim(info.name, e.what()));
      }
    } else {
      board.push_back(unmeasuredClaim(
          info.name, "Run the experiment “" + info.title + "” to measure it: " + info.summary));
    }
  }
  OneColour colours(comparison);
  for (Claim& claim : board) colours.paint(claim.picture);
  return board;
}

}  // namespace attune
