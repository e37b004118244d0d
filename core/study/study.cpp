#include "core/study/study.h"

namespace attune {

Json Study::toJson() const {
  Json list = Json::array();
  for (const MethodChoice& m : methods)
    list.push(Json()
                  .set("method", m.method)
                  .set("title", m.title)
                  .set("params", m.params.toJson())
                  .set("seeded", m.seeded));
  Json json = Json()
                  .set("schema", "attune.study/1")
                  .set("id", id.value)
                  .set("name", name)
                  .set("question", question)
                  .set("dataset", dataset.value)
                  .set("dataset_hash", datasetHash)
                  .set("split_hash", splitHash)
                  .set("base", Json().set("name", base.name).set("path", base.path).set("hash", base.hash))
                  .set("methods", std::move(list))
                  .set("seeds", seeds)
                  .set("first_seed", static_cast<std::int64_t>(firstSeed))
                  .set("budget", budget.toJson())
                  .set("device", device)
                  .set("preset", preset)
                  .set("smallest_gap", smallestGap)
                  .set("repeat_command", repeatCommand)
                  .set("created_ms", createdMs);
  if (!conditions.isUsual()) json.set("conditions", conditions.toJson());
  if (!arm.experiment.empty() || arm.altered)
    json.set("arm", Json()
                        .set("experiment", arm.experiment)
                        .set("group", arm.group)
                        .set("title", arm.title)
                        .set("value", arm.value)
                        .set("altered", arm.altered));
  return json;
}

Study Study::fromJson(const Json& json) {
  Study study;
  study.id.value = json.intOr("id", 0);
  study.name = json.stringOr("name", "");
  study.question = json.stringOr("question", "");
  study.dataset.value = json.intOr("dataset", 0);
  study.datasetHash = json.stringOr("dataset_hash", "");
  study.splitHash = json.stringOr("split_hash", "");
  if (const Json* base = json.find("base"))
    study.base = {base->stringOr("name", ""), base->stringOr("path", ""), base->stringOr("hash", "")};
  for (const Json& m : json.at("methods").items())
    study.methods.push_back({m.at("method").asString(), m.stringOr("title", m.at("method").asString()),
                             ParamSet::fromJson(m.at("params")), m.boolOr("seeded", true)});
  study.seeds = json.intOr("seeds", 1);
  study.firstSeed = static_cast<std::uint64_t>(json.intOr("first_seed", 1));
  if (const Json* budget = json.find("budget")) study.budget = Budget::fromJson(*budget);
  if (const Json* conditions = json.find("conditions")) study.conditions = Conditions::fromJson(*conditions);
  if (const Json* arm = json.find("arm"))
    study.arm = {arm->stringOr("experiment", ""), arm->stringOr("group", ""), arm->stringOr("title", ""),
                 arm->numberOr("value", 0), arm->boolOr("altered", false)};
  study.device = json.stringOr("device", "cpu");
  study.preset = json.stringOr("preset", "quick");
  study.smallestGap = json.numberOr("smallest_gap", 0.01);
  study.repeatCommand = json.stringOr("repeat_command", "");
  study.createdMs = json.intOr("created_ms", 0);
  return study;
}

const MethodChoice* Study::choiceOf(const RunSpec& spec) const {
  for (const MethodChoice& choice : methods)
    if (choice.method == spec.method && choice.params == spec.params) return &choice;
  return nullptr;
}

std::string Study::titleOf(const RunSpec& spec) const {
  const MethodChoice* choice = choiceOf(spec);
  return choice ? choice->title : spec.method;
}

RunSpec runOf(const Study& study, const MethodChoice& choice, std::int64_t k) {
  RunSpec spec;
  spec.method = choice.method;
  spec.params = choice.params;
  spec.seed = study.firstSeed + static_cast<std::uint64_t>(k);
  spec.datasetHash = study.datasetHash;
  spec.splitHash = study.splitHash;
  spec.base = study.base;
  spec.budget = study.budget;
  spec.conditions = study.conditions;
  spec.device = study.device;
  return spec;
}

std::vector<RunSpec> expand(const Study& study) {
  std::vector<RunSpec> specs;
  for (std::int64_t k = 0; k < study.seeds; ++k)
    for (const MethodChoice& choice : study.methods)
      if (k == 0 || choice.seeded) specs.push_back(runOf(study, choice, k));
  return specs;
}

}  // namespace attune
