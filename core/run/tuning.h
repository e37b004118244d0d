#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/method/tuned_model.h"
#include "core/run/questions.h"
#include "core/run/runner.h"
#include "core/train/checkpoint.h"
#include "core/train/doctor.h"
#include "core/train/trainer.h"

namespace attune {

// All that the trainings of one run need; what is pointed to outlives them.
struct TuningRequest {
  const RunSpec& spec;
  const std::vector<TrainingExample>& examples;
  const LabelTokens& labels;
  TrainOptions options;
  // A model at its start, the same whenever it is called.
  std::function<std::unique_ptr<TunedModel>()> attach;
  std::function<Questions::Look(const TunedModel&)> look;
  std::function<double()> rate;  // as in TrainCallbacks
  std::function<void(const std::string&)> phase;
  const EventSink& emit;
  const StopToken& stop;

  std::string folder;             // where checkpoints go
  double checkpointSeconds = 30;  // between two of them, or longer where writing one takes long
  Json environment;               // is noted in them
};

// What became of the trainings of a run: one for every rate of its search, the best by validation kept.
struct Tuned {
  std::unique_ptr<TunedModel> model;  // in its best state
  TrainResult result;                 // of the training that is kept; `end` kSuspended or kDiscarded: none is
  TrainingRecord record;              // of it
  double learningRate = 0;
  std::vector<RateTrial> trials;
  // Of all trainings.
  std::int64_t steps = 0;
  std::int64_t tokens = 0;
  double seconds = 0;
  double earlierSeconds = 0;  // of these: before the checkpoint
};

// Trains `model`, and with a search once more for every other rate, each time from the same start and in the
// same order; goes on `from` a checkpoint of the same run, of which everything that was told before is told
// again. Of a search only the best training's curve is told.
Tuned tune(const TuningRequest& request, std::unique_ptr<TunedModel> model,
           const std::optional<Checkpoint>& from);

// Whether tune() can go on from it: the same specification, and tensors that fit `model`.
bool fits(const Checkpoint& checkpoint, const RunSpec& spec, const TunedModel& model);

}  // namespace attune
