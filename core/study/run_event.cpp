#include "core/study/run_event.h"

#include "core/base/error.h"

namespace attune {
namespace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

Json artifactToJson(const Artifact& a) {
  return Json().set("kind", a.kind).set("path", a.path).set("bytes", a.bytes).set("sha256", a.sha256);
}

Json scoresToJson(const std::map<std::string, double>& scores) {
  Json json = Json::object();
  for (const auto& [name, value] : scores) json.set(name, value);
  return json;
}

Json predictionsToJson(const std::vector<Prediction>& predictions) {
  Json list = Json::array();
  for (const Prediction& p : predictions) {
    Json probabilities = Json::array();
    for (const float v : p.probabilities) probabilities.push(static_cast<double>(v));
    Json item = Json()
                    .set("row", p.row)
                    .set("label", p.label)
                    .set("predicted", p.predicted)
                    .set("probabilities", std::move(probabilities));
    if (!p.text.empty()) item.set("text", p.text);
    if (p.answerTokens > 0) item.set("log_likelihood", p.logLikelihood).set("answer_tokens", p.answerTokens);
    list.push(std::move(item));
  }
  return list;
}

}  // namespace

RunState stateAfter(const RunEvent& event) {
  if (const auto* finished = std::get_if<RunFinished>(&event)) return finished->state;
  if (std::holds_alternative<RunFailed>(event)) return RunState::kFailed;
  if (std::holds_alternative<RunCancelled>(event)) return RunState::kCancelled;
  if (std::holds_alternative<RunInterrupted>(event)) return RunState::kInterrupted;
  return RunState::kRunning;
}

Json toJson(const RunEvent& event) {
  return std::visit(
      Overloaded{
          [](const RunStarted& e) {
            return Json()
                .set("event", "started")
                .set("total_steps", e.totalSteps)
                .set("trainable_parameters", e.trainableParameters)
                .set("total_parameters", e.totalParameters)
                .set("environment", e.environment);
          },
          [](const RunPhase& e) { return Json().set("event", "phase").set("phase", e.phase); },
          [](const RunStep& e) {
            return Json()
                .set("event", "step")
                .set("step", e.step)
                .set("loss", e.loss)
                .set("learning_rate", e.learningRate)
                .set("gradient_norm", e.gradientNorm)
                .set("seconds", e.seconds)
                .set("examples", e.examples);
          },
          [](const RunScored& e) {
            return Json()
                .set("event", "scored")
                .set("split", e.split)
                .set("step", e.step)
                .set("scores", scoresToJson(e.scores))
                .set("final", e.isFinal);
          },
          [](const RunPredicted& e) {
            return Json()
                .set("event", "predicted")
                .set("split", e.split)
                .set("predictions", predictionsToJson(e.predictions));
          },
          [](const RunSaved& e) {
            return Json().set("event", "saved").set("artifact", artifactToJson(e.artifact));
          },
          [](const RunFinished& e) {
            return Json()
                .set("event", "finished")
                .set("state", runStateName(e.state))
                .set("reason", e.reason)
                .set("cost", e.cost.toJson())
                .set("findings", toJson(e.findings));
          },
          [](const RunFailed& e) {
            return Json()
                .set("event", "failed")
                .set("kind", e.kind)
                .set("message", e.message)
                .set("hint", e.hint);
          },
          [](const RunCancelled&) { return Json().set("event", "cancelled"); },
          [](const RunInterrupted& e) { return Json().set("event", "interrupted").set("reason", e.reason); },
      },
      event);
}

RunEvent runEventFromJson(const Json& json) {
  const std::string& kind = json.at("event").asString();
  if (kind == "started")
    return RunStarted{json.at("total_steps").asInt(), json.at("trainable_parameters").asInt(),
                      json.at("total_parameters").asInt(), json.at("environment")};
  if (kind == "phase") return RunPhase{json.at("phase").asString()};
  if (kind == "step")
    return RunStep{json.at("step").asInt(),           json.numberOr("loss", 0),
                   json.numberOr("learning_rate", 0), json.numberOr("gradient_norm", 0),
                   json.numberOr("seconds", 0),       json.intOr("examples", 0)};
  if (kind == "scored") {
    RunScored scored{json.at("split").asString(), json.at("step").asInt(), {}, json.boolOr("final", false)};
    for (const auto& [name, value] : json.at("scores").members())
      if (!value.isNull()) scored.scores[name] = value.asDouble();
    return scored;
  }
  if (kind == "predicted") {
    RunPredicted predicted{json.at("split").asString(), {}};
    for (const Json& item : json.at("predictions").items()) {
      Prediction p;
      p.row = item.at("row").asInt();
      p.label = item.at("label").asInt();
      p.predicted = item.at("predicted").asInt();
      p.text = item.stringOr("text", "");
      p.logLikelihood = item.numberOr("log_likelihood", 0);
      p.answerTokens = item.intOr("answer_tokens", 0);
      for (const Json& v : item.at("probabilities").items())
        p.probabilities.push_back(v.isNull() ? 0.0f : static_cast<float>(v.asDouble()));
      predicted.predictions.push_back(std::move(p));
    }
    return predicted;
  }
  if (kind == "saved") {
    const Json& a = json.at("artifact");
    return RunSaved{
        {a.at("kind").asString(), a.at("path").asString(), a.at("bytes").asInt(), a.at("sha256").asString()}};
  }
  if (kind == "finished")
    return RunFinished{
        runStateFromName(json.at("state").asString()), json.stringOr("reason", ""),
        RunCost::fromJson(json.at("cost")),
        json.has("findings") ? findingsFromJson(json.at("findings")) : std::vector<RunFinding>()};
  if (kind == "failed")
    return RunFailed{json.at("kind").asString(), json.at("message").asString(), json.stringOr("hint", "")};
  if (kind == "cancelled") return RunCancelled{};
  if (kind == "interrupted") return RunInterrupted{json.stringOr("reason", "")};
  throw Error(ErrorKind::kInvalidInput, "'" + kind + "' is not an event of a run");
}

}  // namespace attune
