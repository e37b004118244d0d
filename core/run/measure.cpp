#include "core/run/measure.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <thread>

#include "core/base/clock.h"
#include "core/method/floor.h"
#include "core/model/blocks.h"
#include "core/model/catalog.h"
#include "core/model/parts.h"
#include "core/model/products.h"
#include "core/run/calibrate.h"
#include "core/run/prepared_run.h"
#include "core/train/trainer.h"

namespace attune {
namespace measure {

constexpr std::int64_t kWarm = 2;    // steps that fill caches and are not counted
constexpr std::int64_t kKept = 4;    // batches that are read once and kept, where a method keeps them
constexpr std::int64_t kSteps = 26;  // at most: two of every eight are counted in operations
constexpr std::int64_t kAnswers = 32;

}  // namespace measure

Json Measured::toJson() const {
  return Json()
      .set("start_seconds", startSeconds)
      .set("step_seconds", stepSeconds)
      .set("two_cores_share", twoCoresShare)
      .set("steps", steps)
      .set("examples_per_second", examplesPerSecond)
      .set("answer_seconds", answerSeconds)
      .set("look_seconds", lookSeconds)
      .set("kernel_efficiency", kernelEfficiency)
      .set("useful_share", usefulShare)
      .set("floor_ratio", floorRatio)
      .set("gemm_gflops", gflops)
      .set("peak_bytes", peakBytes)
      .set("trainable_parameters", trainableParameters);
}

Measured Measured::fromJson(const Json& json) {
  Measured m;
  m.startSeconds = json.numberOr("start_seconds", 0);
  m.stepSeconds = json.numberOr("step_seconds", 0);
  m.twoCoresShare = json.numberOr("two_cores_share", 1);
  m.steps = json.intOr("steps", 0);
  m.examplesPerSecond = json.numberOr("examples_per_second", 0);
  m.answerSeconds = json.numberOr("answer_seconds", 0);
  m.lookSeconds = json.numberOr("look_seconds", 0);
  m.kernelEfficiency = json.numberOr("kernel_efficiency", 0);
  m.usefulShare = json.numberOr("useful_share", 0);
  m.floorRatio = json.numberOr("floor_ratio", 0);
  m.gflops = json.numberOr("gemm_gflops", 0);
  m.peakBytes = json.intOr("peak_bytes", 0);
  m.trainableParameters = json.intOr("trainable_parameters", 0);
  return m;
}

std::string costKey(const RunSpec& spec) {
  RunSpec same = spec;
  same.budget = {};
  for (const char* name :
       {"epochs", "max_steps", "patience", "learning_rate", "warmup_ratio", "weight_decay"})
    if (same.params.has(name)) same.params.set(name, std::int64_t{0});
  return same.configurationKey();
}

Measured measureRun(const RunInputs& inputs, double seconds) {
  Measured measured;
  at::set_num_threads(static_cast<int>(std::max<std::int64_t>(1, inputs.spec.threads)));
  const Precision precision = choosePrecision(inputs.spec);
  measured.gflops = precision.rate();
  const double begin = monotonicSeconds();
  RunSpec spec = inputs.spec;
  TrainOptions options;
  std::size_t warm = measure::kWarm;
  if (spec.params.has("batch_size")) {
    options = TrainOptions::fromParams(spec.params, 0);
    // What parts that stay made of a text is kept: a few batches again and again are what training is like.
    const MethodInfo& info = methodInfo(spec.method);
    const bool keeps =
        info.ownsHead || trainingWork(info, spec.params, readModelConfig(spec.base.path)).kept > 0;
    const std::int64_t batches = keeps ? measure::kKept : measure::kSteps;
    if (keeps) warm = measure::kKept;
    const std::int64_t wanted = batches * options.batchSize;
    if (spec.budget.trainRows == 0 || spec.budget.trainRows > wanted) spec.budget.trainRows = wanted;
  }
  PreparedRun prepared(spec, *inputs.dataset, inputs.filesFolder);
  const std::unique_ptr<TunedModel> model = prepared.attach();
  measured.trainableParameters = model->parameterCount();
  std::vector<TrainingExample> examples;
  if (prepared.trains()) examples = prepared.questions().training(prepared.trainRows());
  measured.startSeconds = monotonicSeconds() - begin;

  std::vector<std::int64_t> rows = inputs.dataset->rows(Split::kValidation);
  if (rows.size() > measure::kAnswers) rows.resize(measure::kAnswers);
  const auto answer = [&] {
    const double start = monotonicSeconds();
    prepared.questions().ask(*model, rows, StopToken{});
    return (monotonicSeconds() - start) / static_cast<double>(std::max<std::size_t>(1, rows.size()));
  };
  if (!examples.empty()) {
    const MemoryPlan memory =
        planMemory(spec, prepared, examples, static_cast<std::int64_t>(inputs.dataset->labels().size()));
    const TrainingProducts products(precision.half, memory.room);
    const Recomputing recomputing(memory.recomputes);
    options.maxSteps = measure::kSteps;
    options.epochs = measure::kSteps;  // more than there are steps
    options.validations = 1;
    options.patience = 0;
    StopToken stop;
    // In turn on one core and, where there are two, on both.
    const bool both = std::thread::hardware_concurrency() >= kParts;
    std::vector<double> times, timesOfBoth;
    std::size_t steps = 0;
    double last = 0;
    TrainCallbacks callbacks;
    const double start = monotonicSeconds();
    callbacks.onStep = [&](const RunStep&) {
      const double now = monotonicSeconds();
      if (last > 0 && steps++ >= warm) (allowedCores() > 1 ? timesOfBoth : times).push_back(now - last);
      last = now;
      allowCores(both && steps > warm && steps % 2 == 1 ? static_cast<int>(kParts) : 1);
      if (times.size() >= 3 && now - start > seconds) stop.request(StopKind::kKeep);
    };
    callbacks.validate = [](std::int64_t) { return ValidationScore{}; };
    callbacks.rate = productGauge(precision.half);
    const TrainResult result = train(*model, examples, prepared.questions().labels(), options,
                                     Seed{spec.seed}.sub("order"), callbacks, stop, nullptr);
    allowCores(1);
    measured.steps = static_cast<std::int64_t>(times.size());
    measured.stepSeconds = median(times);
    if (!timesOfBoth.empty() && measured.stepSeconds > 0)
      measured.twoCoresShare = std::min(1.0, median(timesOfBoth) / measured.stepSeconds);
    if (measured.stepSeconds > 0)
      measured.examplesPerSecond = static_cast<double>(std::min<std::int64_t>(
                                       options.batchSize, static_cast<std::int64_t>(examples.size()))) /
                                   measured.stepSeconds;
    const StepSample& sample = result.sample;
    if (sample.measured()) {
      measured.gflops = sample.gflops();
      measured.kernelEfficiency = sample.kernelEfficiency();
      if (!prepared.info().ownsHead) {
        const ModelConfig& config = prepared.base().model->config();
        measured.usefulShare =
            trainingFloor(config, trainingWork(prepared.info(), spec.params, config), sample.read) /
            sample.flops;
        measured.floorRatio = measured.kernelEfficiency * measured.usefulShare;
      }
    }
    if (!prepared.info().ownsHead) measured.lookSeconds = answer();
  }
  measured.answerSeconds = answer();
  if (measured.lookSeconds == 0) measured.lookSeconds = answer();  // of what was read already
  measured.peakBytes = peakResidentBytes();
  return measured;
}

}  // namespace attune
