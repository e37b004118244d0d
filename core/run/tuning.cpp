#include "core/run/tuning.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/train/search.h"

namespace attune {
namespace tuning {

// One training, finished or not.
struct Training {
  double learningRate = 0;
  TrainResult result = {};
  TrainingRecord record = {};
  std::vector<RunEvent> events = {};  // steps and looks
};

// --- what checkpoints hold
// -----------------------------------------------------------------------------------

Json toJson(const ValidationScore& score) { return Json().push(score.accuracy).push(score.loss); }

ValidationScore scoreFrom(const Json& json) {
  const Json& loss = json.items().at(1);  // null: not a finite number
  return {json.items().at(0).asDouble(),
          loss.isNull() ? std::numeric_limits<double>::infinity() : loss.asDouble()};
}

Json toJson(const Training& training) {
  Json events = Json::array(), looks = Json::array();
  for (const RunEvent& event : training.events) events.push(attune::toJson(event));
  for (const TrainingRecord::Look& look : training.record.looks)
    looks.push(Json().push(look.step).push(toJson(look.score)));
  const TrainResult& r = training.result;
  const TrainingRecord& record = training.record;
  return Json()
      .set("learning_rate", training.learningRate)
      .set("events", std::move(events))
      .set("looks", std::move(looks))
      .set("end", static_cast<std::int64_t>(r.end))
      .set("steps", r.steps)
      .set("total_steps", r.totalSteps)
      .set("tokens", r.tokens)
      .set("seconds", r.seconds)
      .set("best_step", r.bestStep)
      .set("best", toJson(r.best))
      .set("last", toJson(r.last))
      .set("start_norm", record.startNorm)
      .set("end_norm", record.endNorm)
      .set("moved", record.moved)
      .set("virtual_norm", record.virtualNorm)
      .set("word_norm", record.wordNorm);
}

void note(Training& training, const TrainResult& result) {
  training.result = result;
  training.record.steps = result.steps;
  training.record.diverged = result.end == TrainEnd::kDiverged;
  training.record.stepLimited = result.end == TrainEnd::kStepLimit;
}

void note(Training& training, const RunEvent& event) {
  if (const auto* step = std::get_if<RunStep>(&event)) training.record.losses.push_back(step->loss);
  training.events.push_back(event);
}

Training trainingFrom(const Json& json) {
  Training training;
  training.learningRate = json.at("learning_rate").asDouble();
  for (const Json& event : json.at("events").items()) note(training, runEventFromJson(event));
  TrainingRecord& record = training.record;
  for (const Json& look : json.at("looks").items())
    record.looks.push_back({look.items().at(0).asInt(), scoreFrom(look.items().at(1))});
  TrainResult r;
  r.end = static_cast<TrainEnd>(json.at("end").asInt());
  r.steps = json.at("steps").asInt();
  r.totalSteps = json.at("total_steps").asInt();
  r.tokens = json.at("tokens").asInt();
  r.seconds = json.at("seconds").asDouble();
  r.bestStep = json.at("best_step").asInt();
  r.best = scoreFrom(json.at("best"));
  r.last = scoreFrom(json.at("last"));
  note(training, r);
  record.startNorm = json.numberOr("start_norm", 0);
  record.endNorm = json.numberOr("end_norm", 0);
  record.moved = json.numberOr("moved", 0);
  record.virtualNorm = json.numberOr("virtual_norm", 0);
  record.wordNorm = json.numberOr("word_norm", 0);
  return training;
}

void put(Checkpoint& to, const std::string& name, const std::vector<at::Tensor>& tensors) {
  for (std::size_t i = 0; i < tensors.size(); ++i) to.tensors[name + "." + std::to_string(i)] = tensors[i];
}

std::vector<at::Tensor> take(const Checkpoint& from, const std::string& name) {
  std::vector<at::Tensor> tensors;
  for (std::size_t i = 0;; ++i) {
    const auto found = from.tensors.find(name + "." + std::to_string(i));
    if (found == from.tensors.end()) return tensors;
    tensors.push_back(found->second);
  }
}

Json put(Checkpoint& to, const TrainState& state) {
  put(to, "model", state.model);
  put(to, "random", state.random);
  put(to, "best", state.best);
  for (std::size_t i = 0; i < state.optimizer.size(); ++i)
    put(to, "optimizer." + std::to_string(i), state.optimizer[i]);
  return Json()
      .set("step", state.step)
      .set("examples", state.examples)
      .set("tokens", state.tokens)
      .set("seconds", state.seconds)
      .set("looked", state.looked)
      .set("best_score", toJson(state.bestScore))
      .set("best_step", state.bestStep)
      .set("misses", state.misses)
      .set("last", toJson(state.last));
}

TrainState stateFrom(const Checkpoint& from, const Json& json, std::size_t parameters) {
  TrainState state;
  state.model = take(from, "model");
  state.random = take(from, "random");
  state.best = take(from, "best");
  for (std::size_t i = 0; i < parameters; ++i)
    state.optimizer.push_back(take(from, "optimizer." + std::to_string(i)));
  state.step = json.at("step").asInt();
  state.examples = json.at("examples").asInt();
  state.tokens = json.at("tokens").asInt();
  state.seconds = json.at("seconds").asDouble();
  state.looked = json.at("looked").asBool();
  state.bestScore = scoreFrom(json.at("best_score"));
  state.bestStep = json.at("best_step").asInt();
  state.misses = json.at("misses").asInt();
  state.last = scoreFrom(json.at("last"));
  return state;
}

bool sameShapes(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const at::Tensor& x, const at::Tensor& y) {
    return x.sizes() == y.sizes() && x.scalar_type() == y.scalar_type();
  });
}

// --- what the doctor wants to know of the weights
// --------------------------------------------------------------

// Some numbers of every trained tensor, evenly spread: enough to see whether and how far they move, without a
// copy of a whole model.
std::vector<at::Tensor> sampleOf(const TunedModel& model) {
  constexpr std::int64_t kNumbers = 4096;  // of a tensor
  const c10::NoGradGuard noGrad;
  std::vector<at::Tensor> samples;
  for (const TunedModel::Parameter& p : model.parameters()) {
    const std::int64_t all = p.tensor.numel();
    samples.push_back(p.tensor.flatten().slice(0, 0, all, std::max<std::int64_t>(1, all / kNumbers)).clone());
  }
  return samples;
}

// Lengths of what is trained and of virtual tokens.
void measureWeights(const TunedModel& model, const std::vector<at::Tensor>& start, TrainingRecord& record) {
  const c10::NoGradGuard noGrad;
  double before = 0, after = 0, moved = 0;
  const std::vector<at::Tensor> now = sampleOf(model);
  for (std::size_t i = 0; i < start.size(); ++i) {
    before += start[i].pow(2).sum().item<double>();
    after += now[i].pow(2).sum().item<double>();
    moved += (now[i] - start[i]).pow(2).sum().item<double>();
  }
  record.startNorm = std::sqrt(before);
  record.endNorm = std::sqrt(after);
  record.moved = std::sqrt(moved);
  if (const at::Tensor rows = model.attachment().virtualRows(); rows.defined()) {
    record.virtualNorm = rows.norm(2, 1).mean().item<double>();
    record.wordNorm =
        model.base().weights().at(model.base().embeddingName()).norm(2, 1).mean().item<double>();
  }
}

// --- the trainings of a run
// ------------------------------------------------------------------------------------

class Tuning {
 public:
  Tuning(const TuningRequest& request, std::unique_ptr<TunedModel> model)
      : request_(request),
        rates_(searchedRates(request.options.learningRate, request.spec.budget.search)),
        fresh_(std::move(model)) {}

  void goOn(const Checkpoint& from) {
    const Json& progress = from.progress;
    const std::size_t parameters = fresh_->parameters().size();
    tuned_.steps = progress.at("steps").asInt();
    tuned_.tokens = progress.at("tokens").asInt();
    tuned_.seconds = tuned_.earlierSeconds = progress.at("seconds").asDouble();
    for (const Json& trial : progress.at("trials").items())
      tuned_.trials.push_back(RateTrial::fromJson(trial));
    if (const Json* best = progress.find("kept"); best && !best->isNull()) {
      kept_ = trainingFrom(*best);
      tuned_.model = takeFresh();
      tuned_.model->restore(take(from, "kept"));
    }
    if (const Json* now = progress.find("now"); now && !now->isNull()) {
      now_ = trainingFrom(*now);
      state_ = stateFrom(from, progress.at("state"), parameters);
      tuned_.earlierSeconds += state_->seconds;
      if (!searches()) tell(now_);
    } else if (!searches()) {
      tell(kept_);
    }
  }

  Tuned run() {
    while (tuned_.trials.size() < rates_.size()) {
      const std::size_t trial = tuned_.trials.size();
      if (trial > 0 && request_.stop.kind() == StopKind::kSuspend) save(nullptr);
      if (trial > 0 && request_.stop.kind() == StopKind::kKeep) break;
      request_.phase(searches()
                         ? "trying rate " + std::to_string(trial + 1) + " of " + std::to_string(rates_.size())
                         : "training");
      const TrainEnd end = trainOne(rates_[trial]);
      if (end == TrainEnd::kSuspended || end == TrainEnd::kDiscarded) {
        tuned_.result.end = end;
        return std::move(tuned_);
      }
      if (end == TrainEnd::kStopped) {
        kept_.result.end = end;
        break;
      }
    }
    if (searches()) tell(kept_);
    tuned_.result = kept_.result;
    tuned_.record = std::move(kept_.record);
    tuned_.learningRate = kept_.learningRate;
    return std::move(tuned_);
  }

 private:
  bool searches() const { return rates_.size() > 1; }

  void tell(const Training& training) const {
    for (const RunEvent& event : training.events) request_.emit(event);
  }

  std::unique_ptr<TunedModel> takeFresh() { return fresh_ ? std::move(fresh_) : request_.attach(); }

  TrainEnd trainOne(double rate) {
    std::unique_ptr<TunedModel> candidate = takeFresh();
    const std::vector<at::Tensor> start = sampleOf(*candidate);
    now_.learningRate = rate;
    const auto happened = [&](const RunEvent& event) {
      note(now_, event);
      if (!searches()) request_.emit(event);
    };
    TrainCallbacks callbacks;
    callbacks.onStep = [&](const RunStep& step) { happened(step); };
    callbacks.validate = [&](std::int64_t step) {
      Questions::Look seen = request_.look(*candidate);
      if (request_.stop.leaves()) return seen.score;
      now_.record.looks.push_back({step, seen.score});
      happened(RunScored{splitName(Split::kValidation), step, std::move(seen.scores), false});
      return seen.score;
    };
    callbacks.rate = request_.rate;
    callbacks.onProgress = [&](bool leaving, const std::function<TrainState()>& state) {
      if (leaving || isDue()) {
        const TrainState now = state();
        save(&now);
      }
    };
    TrainOptions options = request_.options;
    options.learningRate = rate;
    const TrainResult result =
        train(*candidate, request_.examples, request_.labels, options, Seed{request_.spec.seed}.sub("order"),
              callbacks, request_.stop, state_ ? &*state_ : nullptr);
    state_.reset();
    if (result.end == TrainEnd::kSuspended || result.end == TrainEnd::kDiscarded) return result.end;

    note(now_, result);
    measureWeights(*candidate, start, now_.record);
    tuned_.steps += result.steps;
    tuned_.tokens += result.tokens;
    tuned_.seconds += result.seconds;
    const bool diverged = now_.record.diverged;
    const bool wins = !tuned_.model || (kept_.record.diverged && !diverged) ||
                      (!diverged && result.best.betterThan(kept_.result.best));
    tuned_.trials.push_back({rate, result.best.accuracy, result.best.loss, diverged, result.seconds});
    if (wins) {
      kept_ = std::move(now_);
      tuned_.model = std::move(candidate);
    }
    now_ = {};
    if (isDue()) save(nullptr);
    return result.end;
  }

  bool isDue() const { return monotonicSeconds() - written_ >= std::max(request_.checkpointSeconds, pause_); }

  // `state`: of the training that goes on; null between two.
  void save(const TrainState* state) {
    constexpr double kRest = 20;  // times as long as writing takes: it costs five per cent at most
    const double begin = monotonicSeconds();
    Checkpoint checkpoint;
    Json trials = Json::array();
    for (const RateTrial& trial : tuned_.trials) trials.push(trial.toJson());
    checkpoint.progress.set("spec", request_.spec.key())
        .set("environment", request_.environment)
        .set("steps", tuned_.steps)
        .set("tokens", tuned_.tokens)
        .set("seconds", tuned_.seconds)
        .set("trials", std::move(trials));
    if (tuned_.model) {
      checkpoint.progress.set("kept", toJson(kept_));
      put(checkpoint, "kept", tuned_.model->moving());
    }
    if (state != nullptr) checkpoint.progress.set("now", toJson(now_)).set("state", put(checkpoint, *state));
    try {
      writeCheckpoint(request_.folder, tuned_.steps + (state != nullptr ? state->step : 0), checkpoint);
    } catch (const Error& e) {
      // The one before is still there, and there may be room again when the next is due.
      if (e.kind() != ErrorKind::kDiskFull) throw;
    }
    written_ = monotonicSeconds();
    pause_ = kRest * (written_ - begin);
  }

  const TuningRequest& request_;
  const std::vector<double> rates_;
  std::unique_ptr<TunedModel> fresh_;  // at its start; null once it is used
  Tuned tuned_;
  Training kept_, now_;
  std::optional<TrainState> state_;  // where the first training goes on
  double written_ = monotonicSeconds();
  double pause_ = 0;
};

}  // namespace tuning

Tuned tune(const TuningRequest& request, std::unique_ptr<TunedModel> model,
           const std::optional<Checkpoint>& from) {
  tuning::Tuning tuning(request, std::move(model));
  if (from) tuning.goOn(*from);
  return tuning.run();
}

bool fits(const Checkpoint& checkpoint, const RunSpec& spec, const TunedModel& model) {
  if (checkpoint.progress.stringOr("spec", "") != spec.key()) return false;
  const std::vector<at::Tensor> moving = model.moving();
  for (const char* name : {"kept", "model", "best"})
    if (const auto tensors = tuning::take(checkpoint, name);
        !tensors.empty() && !tuning::sameShapes(tensors, moving))
      return false;
  return checkpoint.progress.has("now")
             ? tuning::sameShapes(tuning::take(checkpoint, "random"), model.randomStates())
             : checkpoint.progress.has("kept");
}

}  // namespace attune
