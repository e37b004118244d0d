#include "core/run/make_study.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/method/catalog.h"
#include "core/method/parameters.h"

namespace attune {
namespace make_study {

void applySetting(const std::string& setting, std::vector<MethodChoice>& choices) {
  const auto equals = setting.find('=');
  const auto dot = setting.find('.');
  if (equals == std::string::npos || dot == std::string::npos || dot > equals)
    throw Error(ErrorKind::kUsage, "'" + setting + "' is not a setting", "Write METHOD.PARAMETER=VALUE.");
  const std::string method = setting.substr(0, dot);
  const std::string name = setting.substr(dot + 1, equals - dot - 1);
  const std::string value = setting.substr(equals + 1);
  bool used = false;
  for (MethodChoice& choice : choices) {
    if (method != "all" && method != choice.method) continue;
    std::vector<std::string> names;
    for (const ParamSpec& spec : methodInfo(choice.method).parameters) {
      names.push_back(spec.name);
      if (spec.name != name) continue;
      try {
        choice.params.set(name, parseParamValue(spec, value));
      } catch (const Error& e) {
        throw Error(e.kind(), choice.method + "." + e.what(), e.hint());
      }
      used = true;
    }
    if (method == choice.method && !used) {
      const std::string nearest = nearestName(name, names);
      throw Error(ErrorKind::kUsage, "method " + method + " has no parameter '" + name + "'",
                  nearest.empty() ? "Its parameters: " + joinText(names, ", ") + "."
                                  : "Did you mean '" + nearest + "'?");
    }
  }
  if (used) return;
  if (method != "all") methodInfo(method);  // throws for an unknown name
  throw Error(ErrorKind::kUsage, "the setting '" + setting + "' fits none of the chosen methods",
              "Add the method to --methods, or drop the setting.");
}

std::string repeatCommand(const StudyRequest& request) {
  std::vector<std::string> names;
  std::string rest;
  for (const MethodChoice& choice : request.methods) {
    names.push_back(choice.method);
    const ParamSet standard = presetParams(methodInfo(choice.method), request.preset, request.base.layout);
    for (const auto& [name, value] : choice.params.values()) {
      const auto found = standard.values().find(name);
      if (found != standard.values().end() && found->second == value) continue;
      rest += " --set " + shellQuoted(choice.method + "." + name + "=" + formatParamValue(value));
    }
  }
  if (request.budget.maxSteps > 0) rest += " --max-steps " + std::to_string(request.budget.maxSteps);
  if (request.budget.search > 1) rest += " --search " + std::to_string(request.budget.search);
  if (request.budget.trainRows > 0) rest += " --train-rows " + std::to_string(request.budget.trainRows);
  const StudyRequest usual;
  if (request.smallestGap != usual.smallestGap)
    rest += " --smallest-gap " + formatShortest(request.smallestGap);
  if (request.device != usual.device) rest += " --device " + shellQuoted(request.device);
  const std::string base = request.base.name == "bundled" ? "bundled" : request.base.path;
  return "attune-cli compare --project " + shellQuoted(request.projectPath) + " --data " +
         shellQuoted(request.dataset.name) + " --base " + shellQuoted(base) + " --methods " +
         joinText(names, ",") + " --preset " + request.preset + " --seeds " + std::to_string(request.seeds) +
         rest;
}

}  // namespace make_study

std::vector<MethodChoice> chooseMethods(const std::vector<std::string>& names, const std::string& preset,
                                        const std::vector<std::string>& settings, Layout layout,
                                        bool freeAnswers) {
  const bool all = names == std::vector<std::string>{"all"};
  std::set<std::string> wanted;
  if (!all)
    for (const std::string& name : names) wanted.insert(methodInfo(name).name);
  std::vector<MethodChoice> choices;
  for (const MethodInfo& info : methodCatalog()) {
    if (wanted.empty() ? !all && !info.usual : !wanted.contains(info.name)) continue;
    const std::string why = methodRefusal(info, layout, freeAnswers);
    if (!why.empty() && !wanted.empty())
      throw Error(ErrorKind::kUnsupported, why, "Leave the method out, or choose another base.");
    if (why.empty())
      choices.push_back({info.name, info.title, presetParams(info, preset, layout), info.seeded});
  }
  for (const std::string& setting : settings) make_study::applySetting(setting, choices);
  return choices;
}

Study studyAnew(const Study& study) {
  Study anew = study;
  anew.id = {};
  anew.arm.leaveExperiment();
  anew.createdMs = utcMilliseconds();
  return anew;
}

Study extendedStudy(const Study& study, const MethodChoice& choice, const std::string& repeatCommand,
                    const MethodChoice* place) {
  const auto same = [&](const MethodChoice& other) {
    return other.title == choice.title || (other.method == choice.method && other.params == choice.params);
  };
  if (std::any_of(study.methods.begin(), study.methods.end(), same))
    throw Error(ErrorKind::kUsage, choice.title + " is in this comparison already", "Look at its row.");
  Study extended = studyAnew(study);
  extended.methods.insert(
      place ? extended.methods.begin() + (place - study.methods.data()) + 1 : extended.methods.end(), choice);
  extended.repeatCommand += "\n" + repeatCommand;
  return extended;
}

Study comparableStudy(const Study& study, const DatasetRecord& dataset) {
  Study again = studyAnew(study);
  again.dataset = dataset.id;
  again.datasetHash = dataset.hash;
  again.splitHash = dataset.splitHash;
  return again;
}

Study curedStudy(const Study& study, const RunSpec& run, const RunFinding& finding) {
  const MethodInfo& info = methodInfo(run.method);
  const auto spec = std::find_if(info.parameters.begin(), info.parameters.end(),
                                 [&](const ParamSpec& p) { return p.name == finding.setting; });
  if (spec == info.parameters.end())
    throw Error(ErrorKind::kUsage, "no setting cures '" + finding.text + "'", finding.cure);
  std::string setting = spec->title;
  setting.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(setting.front())));
  MethodChoice choice{run.method, study.titleOf(run) + ", " + setting + " " + finding.value, run.params,
                      info.seeded};
  choice.params.set(finding.setting, parseParamValue(*spec, finding.value));
  return extendedStudy(
      study, choice,
      study.repeatCommand + " --set " + run.method + "." + finding.setting + "=" + finding.value,
      study.choiceOf(run));
}

std::int64_t countRuns(const std::vector<MethodChoice>& methods, std::int64_t seeds) {
  std::int64_t runs = 0;
  for (const MethodChoice& choice : methods) runs += choice.seeded ? seeds : 1;
  return runs;
}

Study makeStudy(const StudyRequest& request) {
  if (request.dataset.labels.size() < 2 && !request.dataset.freeAnswers)
    throw Error(ErrorKind::kInvalidInput,
                "dataset '" + request.dataset.name + "' has one label: there is nothing to compare",
                "Import data with at least two labels.");
  Study study;
  study.name = "Comparison on " + request.dataset.name;
  study.question = "Which way of tuning works best on " + request.dataset.name + ", and what does it cost?";
  study.dataset = request.dataset.id;
  study.datasetHash = request.dataset.hash;
  study.splitHash = request.dataset.splitHash;
  study.base = {request.base.name, request.base.path, request.base.hash};
  study.methods = request.methods;
  // Prompts that ask for a label make no sense of a free answer; those that the user wrote stay.
  if (request.dataset.freeAnswers)
    for (MethodChoice& choice : study.methods)
      if (choice.params.has("template"))
        if (const std::string pattern = choice.params.getString("template");
            pattern == kNeutralTemplate || pattern.find("{labels}") != std::string::npos)
          choice.params.set("template", std::string(kAnswerTemplate));
  study.seeds = request.seeds;
  study.budget = request.budget;
  study.device = request.device;
  study.preset = request.preset;
  study.smallestGap = request.smallestGap;
  study.repeatCommand = make_study::repeatCommand(request);
  study.createdMs = utcMilliseconds();
  return study;
}

}  // namespace attune
