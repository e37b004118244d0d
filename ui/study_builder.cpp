#include "ui/study_builder.h"

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/method/catalog.h"

namespace attune {

namespace {

std::string quoted(const std::string& text) {
  const bool plain = !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                             "0123456789._-/=,:+") == std::string::npos;
  return plain ? text : "'" + replaceAll(text, "'", "'\\''") + "'";
}

std::string repeatCommand(const StudyChoice& choice) {
  std::vector<std::string> names;
  std::string settings;
  for (const MethodChoice& method : choice.methods) {
    names.push_back(method.method);
    const ParamSet standard = presetParams(methodInfo(method.method), choice.preset);
    for (const auto& [name, value] : method.params.values()) {
      const auto found = standard.values().find(name);
      if (found != standard.values().end() && found->second == value) continue;
      settings += " --set " + quoted(method.method + "." + name + "=" + formatParamValue(value));
    }
  }
  const std::string base = choice.baseName == "bundled" ? "bundled" : choice.base.path;
  return "attune-cli compare --project " + quoted(choice.projectPath) + " --data " + quoted(choice.dataset.name) +
         " --base " + quoted(base) + " --methods " + joinText(names, ",") + " --preset " + choice.preset +
         " --seeds " + std::to_string(choice.seeds) + settings;
}

}  // namespace

std::int64_t countRuns(const StudyChoice& choice) {
  std::int64_t runs = 0;
  for (const MethodChoice& method : choice.methods) runs += method.seeded ? choice.seeds : 1;
  return runs;
}

Study makeStudy(const StudyChoice& choice) {
  Study study;
  study.name = choice.dataset.name;
  study.question = "Which way of tuning should be used for " + choice.dataset.name + "?";
  study.dataset = choice.dataset.id;
  study.datasetHash = choice.dataset.hash;
  study.splitHash = choice.dataset.splitHash;
  study.base.name = choice.baseName;
  study.base.path = choice.base.path;
  study.base.hash = choice.base.hash;
  study.methods = choice.methods;
  study.seeds = choice.seeds;
  study.preset = choice.preset;
  study.smallestGap = choice.smallestGap;
  study.repeatCommand = repeatCommand(choice);
  study.createdMs = utcMilliseconds();
  return study;
}

}  // namespace attune
