#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/id.h"
#include "core/base/param.h"
#include "core/study/budget.h"
#include "core/study/experiment.h"
#include "core/study/run_spec.h"

namespace attune {

// One method with its settings, as chosen for a study.
struct MethodChoice {
  std::string method;
  std::string title;   // shown; unique within the study ("LoRA", "LoRA, r 16")
  ParamSet params;     // complete
  bool seeded = true;  // false: the seed changes nothing, so it runs once
};

// What is being compared and why. `methods` are ordered cheapest first: that is the order of the runs and of
// the rows of every table.
struct Study {
  StudyId id;
  std::string name;
  std::string question;
  DatasetId dataset;
  std::string datasetHash;
  std::string splitHash;
  BaseRef base;
  std::vector<MethodChoice> methods;
  std::int64_t seeds = 1;
  std::uint64_t firstSeed = 1;  // the seeds are firstSeed, firstSeed + 1, …
  Budget budget;
  Conditions conditions;
  Arm arm;  // of an experiment
  std::string device = "cpu";
  std::string preset = "quick";  // "quick", "standard", "thorough"
  double smallestGap = 0.01;     // accuracy difference that the analyst cares about, 0–1
  std::string repeatCommand;     // a command line that repeats the study
  std::int64_t createdMs = 0;

  // The method as a run of the study has it, or nullptr; and its title, or the method's name.
  const MethodChoice* choiceOf(const RunSpec& spec) const;
  std::string titleOf(const RunSpec& spec) const;

  Json toJson() const;
  static Study fromJson(const Json& json);
};

// Its run of this method with the seed number `k`, counted from 0.
RunSpec runOf(const Study& study, const MethodChoice& choice, std::int64_t k);

// The runs of a study: seed by seed, within a seed in the order of the methods, so that a first complete
// answer exists early. Unseeded methods appear once.
std::vector<RunSpec> expand(const Study& study);

}  // namespace attune
