#include "core/study/run_spec.h"

#include "core/base/hash.h"

namespace attune {
namespace {

Json identity(const RunSpec& spec) {
  Json identity = Json()
                      .set("method", spec.method)
                      .set("params", spec.params.toJson())
                      .set("dataset", spec.datasetHash)
                      .set("split", spec.splitHash)
                      .set("base", spec.base.hash)
                      .set("budget", spec.budget.toJson())
                      .set("device", spec.device)
                      .set("threads", spec.threads);
  // A usual run keeps the identity that it had before there were conditions.
  if (!spec.conditions.isUsual()) identity.set("conditions", spec.conditions.toJson());
  return identity;
}

}  // namespace

Json RunSpec::toJson() const {
  Json json = Json()
                  .set("schema", "attune.run_spec/1")
                  .set("method", method)
                  .set("params", params.toJson())
                  .set("seed", static_cast<std::int64_t>(seed))
                  .set("dataset_hash", datasetHash)
                  .set("split_hash", splitHash)
                  .set("base", Json().set("name", base.name).set("path", base.path).set("hash", base.hash))
                  .set("budget", budget.toJson())
                  .set("device", device)
                  .set("threads", threads);
  if (!conditions.isUsual()) json.set("conditions", conditions.toJson());
  return json;
}

RunSpec RunSpec::fromJson(const Json& json) {
  RunSpec spec;
  spec.method = json.at("method").asString();
  spec.params = ParamSet::fromJson(json.at("params"));
  spec.seed = static_cast<std::uint64_t>(json.at("seed").asInt());
  spec.datasetHash = json.stringOr("dataset_hash", "");
  spec.splitHash = json.stringOr("split_hash", "");
  if (const Json* base = json.find("base"))
    spec.base = {base->stringOr("name", ""), base->stringOr("path", ""), base->stringOr("hash", "")};
  if (const Json* budget = json.find("budget")) spec.budget = Budget::fromJson(*budget);
  if (const Json* conditions = json.find("conditions")) spec.conditions = Conditions::fromJson(*conditions);
  spec.device = json.stringOr("device", "cpu");
  spec.threads = json.intOr("threads", 1);
  return spec;
}

std::string RunSpec::key() const {
  return sha256(identity(*this).set("seed", static_cast<std::int64_t>(seed)).dump());
}

std::string RunSpec::configurationKey() const { return sha256(identity(*this).dump()); }

}  // namespace attune
