#include "core/report/comparison.h"

namespace attune {
namespace {

Json withoutSchema(const Json& json) {
  Json copy = Json::object();
  for (const auto& [key, value] : json.members())
    if (key != "schema") copy.set(key, value);
  return copy;
}

Json idsOf(const std::vector<RunId>& ids) {
  Json list = Json::array();
  for (const RunId id : ids)
    if (id) list.push(id.value);
  return list;
}

Json scoresToJson(const std::map<std::string, double>& scores) {
  Json json = Json::object();
  for (const auto& [name, value] : scores) json.set(name, value);
  return json;
}

Json configurationToJson(const Configuration& c, bool skewed) {
  Json json = Json()
                  .set("method", c.method)
                  .set("title", c.title)
                  .set("n", c.n())
                  .set("mean", c.mean)
                  .set("low", c.low)
                  .set("high", c.high)
                  .set("spread", c.spread)
                  .set("macro_f1", c.macroF1)
                  .set("scores", scoresToJson(c.scores))
                  .set("validation", c.validation)
                  .set("seeds", Json::list(std::vector<std::int64_t>(c.seeds.begin(), c.seeds.end())))
                  .set("accuracies", Json::list(c.accuracies))
                  .set("runs", idsOf(c.runs))
                  .set("unfinished", idsOf(c.unfinished))
                  .set("provisional", c.provisional)
                  .set("slot", c.slot)
                  .set("trainable_parameters", c.cost.trainableParameters)
                  .set("stored_bytes", c.cost.storedBytes)
                  .set("train_seconds", c.cost.knownTrainSeconds())
                  .set("peak_bytes", c.cost.peakBytes)
                  .set("tokens_per_second", c.cost.tokensPerSecond)
                  .set("cost", c.cost.toJson());
  if (skewed)
    json.set("macro_f1_low", c.side.macroF1Interval.low)
        .set("macro_f1_high", c.side.macroF1Interval.high)
        .set("calibration_error", c.side.calibrationError)
        .set("calibration_error_low", c.side.calibrationInterval.low)
        .set("calibration_error_high", c.side.calibrationInterval.high);
  return json;
}

Json pairToJson(const ConfigurationPair& p, const std::vector<Configuration>& configurations) {
  return Json()
      .set("a", configurations[p.a].title)
      .set("b", configurations[p.b].title)
      .set("difference", p.difference.mean)
      .set("low", p.difference.interval.low)
      .set("high", p.difference.interval.high)
      .set("p", p.adjustedP)
      .set("word", pairWordName(p.word))
      .set("p_unadjusted", p.difference.p)
      .set("p_mcnemar", p.mcnemarP)
      .set("corrected_low", p.corrected.low)
      .set("corrected_high", p.corrected.high)
      .set("corrected_level", p.correctedLevel)
      .set("seed_error", p.seedError)
      .set("bootstrap_low", p.bootstrap.low)
      .set("bootstrap_high", p.bootstrap.high)
      .set("detectable_gap", p.detectableGap)
      .set("only_a", p.onlyA)
      .set("only_b", p.onlyB)
      .set("both_right", p.bothRight)
      .set("both_wrong", p.bothWrong);
}

Json verdictToJson(const Verdict& verdict) {
  Json sentences = Json::array();
  for (const VerdictSentence& sentence : verdict.sentences)
    sentences.push(Json().set("text", sentence.text).set("why", sentence.why));
  return Json()
      .set("text", verdict.text)
      .set("best", verdict.best)
      .set("recommended", verdict.recommended)
      .set("confidence", verdict.confidence)
      .set("flags", Json::list(verdict.flags))
      .set("sentences", std::move(sentences));
}

Json datasetToJson(const DatasetRecord& d) {
  Json splits = Json::object();
  std::int64_t rows = 0;
  for (const auto& [name, size] : d.splitSizes) {
    splits.set(name, size);
    rows += size;
  }
  return Json()
      .set("id", d.id.value)
      .set("name", d.name)
      .set("hash", d.hash)
      .set("split_hash", d.splitHash)
      .set("rows", rows)
      .set("labels", Json::list(d.labels))
      .set("splits", std::move(splits))
      .set("diagnostics", d.diagnostics.isNull() ? Json::array() : d.diagnostics);
}

// What would cure runs, as --set takes it.
Json suggestionsOf(const std::vector<Run>& runs) {
  Json list = Json::array();
  for (const Run& run : runs)
    for (const RunFinding& finding : run.findings)
      list.push(Json()
                    .set("run", run.id.value)
                    .set("method", run.spec.method)
                    .set("seed", static_cast<std::int64_t>(run.spec.seed))
                    .set("rule", finding.rule)
                    .set("text", finding.text)
                    .set("cure", finding.cure)
                    .set("set", finding.setting.empty()
                                    ? Json()
                                    : Json(run.spec.method + "." + finding.setting + "=" + finding.value)));
  return list;
}

}  // namespace

Json runToJson(const Run& run) {
  Json scores = Json::object();
  for (const auto& [name, score] : run.scores) scores.set(name, score);
  Json artifacts = Json::array();
  for (const Artifact& a : run.artifacts)
    artifacts.push(
        Json().set("kind", a.kind).set("path", a.path).set("bytes", a.bytes).set("sha256", a.sha256));
  return Json()
      .set("id", run.id.value)
      .set("method", run.spec.method)
      .set("seed", static_cast<std::int64_t>(run.spec.seed))
      .set("state", runStateName(run.state))
      .set("reason", run.reason)
      .set("scores", std::move(scores))
      .set("trainable_parameters", run.cost.trainableParameters)
      .set("stored_bytes", run.cost.storedBytes)
      .set("train_seconds", run.cost.knownTrainSeconds())
      .set("peak_bytes", run.cost.peakBytes)
      .set("tokens_per_second", run.cost.tokensPerSecond)
      .set("phase", run.phase)
      .set("step", run.step)
      .set("total_steps", run.totalSteps)
      .set("cost", run.cost.toJson())
      .set("artifacts", std::move(artifacts))
      .set("findings", toJson(run.findings))
      .set("environment", run.environment)
      .set("spec", run.spec.toJson());
}

Json comparisonToJson(const Comparison& comparison, const std::vector<Run>& runs) {
  Json runList = Json::array();
  for (const Run& run : runs) runList.push(runToJson(run));
  Json configurations = Json::array();
  for (const Configuration& c : comparison.configurations)
    configurations.push(configurationToJson(c, comparison.skewed));
  Json pairs = Json::array();
  for (const ConfigurationPair& p : comparison.pairs) pairs.push(pairToJson(p, comparison.configurations));
  Json failed = Json::array();
  for (const Run& run : comparison.failed) failed.push(run.id.value);
  return Json()
      .set("study", withoutSchema(comparison.study.toJson()))
      .set("dataset", datasetToJson(comparison.dataset))
      .set("runs", std::move(runList))
      .set("configurations", std::move(configurations))
      .set("pairs", std::move(pairs))
      .set("verdict", verdictToJson(comparison.verdict))
      .set("failed", std::move(failed))
      .set("suggested", suggestionsOf(runs))
      .set("test_examples", static_cast<std::int64_t>(comparison.testItems.size()))
      .set("detectable_gap", comparison.detectableGap)
      .set("test_openings", comparison.testOpenings)
      .set("complete", comparison.complete);
}

}  // namespace attune
