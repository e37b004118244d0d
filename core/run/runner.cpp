#include "core/run/runner.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <filesystem>

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/data/split.h"
#include "core/eval/evaluator.h"
#include "core/method/method.h"
#include "core/method/peft_folder.h"
#include "core/method/text_classifier.h"
#include "core/method/whole_model.h"
#include "core/run/calibrate.h"
#include "core/run/open_base.h"
#include "core/run/questions.h"
#include "core/train/doctor.h"
#include "core/train/search.h"
#include "core/train/trainer.h"

namespace attune {
namespace runner {

// Thrown to leave a run that the user discarded.
struct Discarded {};

struct Work {
  const RunInputs& inputs;
  const EventSink& emit;
  const StopToken& stop;
  RunCost cost;
  Json environment;
  TrainingRecord record = {};  // of the training that is kept
  double begin = monotonicSeconds();

  const RunSpec& spec() const { return inputs.spec; }
  const Dataset& data() const { return *inputs.dataset; }
  std::int64_t labelCount() const { return static_cast<std::int64_t>(data().labels().size()); }
  void phase(const std::string& name) const {
    if (stop.kind() == StopKind::kDiscard) throw Discarded{};
    emit(RunPhase{name});
  }
};

std::vector<std::int64_t> trainRows(const Work& work) {
  return trainSubset(work.data(), work.spec().budget.trainRows, Seed{work.spec().seed}.sub("train rows"));
}

// Final scores and answers of one split, from predictions alone.
void report(Work& work, const char* split, std::int64_t step, std::vector<Prediction> predictions) {
  if (work.stop.kind() == StopKind::kDiscard) throw Discarded{};
  work.emit(RunScored{split, step,
                      scorePredictions(predictions, work.data().labels(), work.data().freeAnswers()), true});
  work.emit(RunPredicted{split, std::move(predictions)});
}

std::string folderFor(const Work& work) {
  const std::string folder =
      (std::filesystem::path(work.inputs.filesFolder) / work.inputs.runFolder).string();
  std::filesystem::create_directories(folder);
  return folder;
}

void saved(Work& work, const std::string& folder, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const std::string path = (std::filesystem::path(folder) / name).string();
    const Artifact artifact{"adapter", (std::filesystem::path(work.inputs.runFolder) / name).string(),
                            fileSize(path), sha256File(path)};
    work.cost.storedBytes += artifact.bytes;
    work.emit(RunSaved{artifact});
  }
}

void finish(Work& work, RunState state, const std::string& reason, std::vector<RunFinding> findings = {}) {
  work.cost.activeSeconds = monotonicSeconds() - work.begin;
  work.cost.peakBytes = peakResidentBytes();
  work.emit(RunFinished{state, reason, work.cost, std::move(findings)});
}

// --- yardsticks without a language model
// ---------------------------------------------------------------------

LabelledTexts textsOf(const Work& work, const std::vector<std::int64_t>& rows) {
  LabelledTexts texts;
  for (const std::int64_t row : rows) {
    const Example& e = work.data().examples()[static_cast<std::size_t>(row)];
    texts.texts.push_back(e.text);
    texts.labels.push_back(e.label);
  }
  return texts;
}

std::vector<Prediction> ask(const Work& work, const TextClassifier& classifier,
                            const std::vector<std::int64_t>& rows) {
  std::vector<Prediction> predictions;
  for (const std::int64_t row : rows) {
    const Example& e = work.data().examples()[static_cast<std::size_t>(row)];
    Prediction p{row, e.label, 0, classifier.probabilities(e.text)};
    p.predicted = std::max_element(p.probabilities.begin(), p.probabilities.end()) - p.probabilities.begin();
    if (work.data().freeAnswers()) {  // an answer of the training rows, as a text
      p.text = work.data().labels()[static_cast<std::size_t>(p.predicted)];
      p.probabilities.clear();
    }
    predictions.push_back(std::move(p));
  }
  return predictions;
}

void runYardstick(Work& work) {
  work.emit(RunStarted{0, 0, 0, work.environment});
  work.phase("training");
  const auto classifier = makeTextClassifier(work.spec().method);
  const double begin = monotonicSeconds();
  classifier->fit(textsOf(work, trainRows(work)), textsOf(work, work.data().rows(Split::kValidation)),
                  work.labelCount(), work.spec().params, work.stop);
  work.cost.trainSeconds = monotonicSeconds() - begin;
  work.cost.trainableParameters = classifier->parameterCount();  // of no model: totalParameters stays 0
  work.cost.steps = classifier->stepCount();

  work.phase("saving");
  const std::string folder = folderFor(work);
  classifier->save(folder);
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(folder))
    names.push_back(file.path().filename().string());
  std::sort(names.begin(), names.end());
  saved(work, folder, names);

  work.phase("evaluating");
  report(work, splitName(Split::kValidation), 0,
         ask(work, *classifier, work.data().rows(Split::kValidation)));
  const double evalBegin = monotonicSeconds();
  std::vector<Prediction> test = ask(work, *classifier, work.data().rows(Split::kTest));
  work.cost.evalSeconds = monotonicSeconds() - evalBegin;
  work.cost.secondsPerPrediction =
      work.cost.evalSeconds / static_cast<double>(std::max<std::size_t>(1, test.size()));
  report(work, splitName(Split::kTest), 0, std::move(test));
  finish(work, RunState::kFinished, "");
}

// --- methods on a language model
// -------------------------------------------------------------------------------

std::string endReason(const TrainResult& result) {
  switch (result.end) {
    case TrainEnd::kPatience:
      return "ended early at step " + std::to_string(result.steps) + " of " +
             std::to_string(result.totalSteps) + ": validation stopped improving; the state of step " +
             std::to_string(result.bestStep) + " was kept";
    case TrainEnd::kStopped:
      return "stopped at step " + std::to_string(result.steps) + " of " + std::to_string(result.totalSteps) +
             "; the state of step " + std::to_string(result.bestStep) + " was kept";
    default:
      return "";
  }
}

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

// Lengths of what is trained and of virtual tokens, for the doctor.
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

// Trains `model`; with a search once for every rate, each time from the same start and in the same order, and
// leaves the best by validation in `model`, whose result it gives. The costs are those of all trainings.
TrainResult searchAndTrain(Work& work, std::unique_ptr<TunedModel>& model,
                           const std::function<std::unique_ptr<TunedModel>()>& attached,
                           const std::vector<TrainingExample>& examples, const LabelTokens& labels,
                           TrainOptions options,
                           const std::function<Questions::Look(const TunedModel&)>& look) {
  const std::vector<double> rates = searchedRates(options.learningRate, work.spec().budget.search);
  const bool searches = rates.size() > 1;
  TrainResult best;
  std::vector<RunEvent> bestEvents;
  std::vector<RateTrial> trials;
  for (std::size_t trial = 0; trial < rates.size(); ++trial) {
    if (trial > 0 && work.stop.requested()) break;
    work.phase(searches ? "trying rate " + std::to_string(trial + 1) + " of " + std::to_string(rates.size())
                        : "training");
    std::unique_ptr<TunedModel> candidate = trial == 0 ? std::move(model) : attached();
    std::vector<RunEvent> events;  // of a search only the best training's curve is told
    const auto tell = [&](RunEvent event) {
      if (searches)
        events.push_back(std::move(event));
      else
        work.emit(std::move(event));
    };
    TrainCallbacks callbacks;
    TrainingRecord record;
    callbacks.onStep = [&](const RunStep& step) {
      record.losses.push_back(step.loss);
      tell(step);
    };
    callbacks.validate = [&](std::int64_t step) {
      Questions::Look seen = look(*candidate);
      record.looks.push_back({step, seen.score});
      tell(RunScored{splitName(Split::kValidation), step, std::move(seen.scores), false});
      return seen.score;
    };
    options.learningRate = rates[trial];
    const std::vector<at::Tensor> start = sampleOf(*candidate);
    const TrainResult result = train(*candidate, examples, labels, options,
                                     Seed{work.spec().seed}.sub("order"), callbacks, work.stop);
    work.cost.steps += result.steps;
    work.cost.trainTokens += result.tokens;
    work.cost.trainSeconds += result.seconds;
    trials.push_back({rates[trial], result.best.accuracy, result.best.loss, result.end == TrainEnd::kDiverged,
                      result.seconds});
    const bool diverged = result.end == TrainEnd::kDiverged;
    record.diverged = diverged;
    record.steps = result.steps;
    record.stepLimited = result.end == TrainEnd::kStepLimit;
    measureWeights(*candidate, start, record);
    const bool wins = trial == 0 || (best.end == TrainEnd::kDiverged && !diverged) ||
                      (!diverged && result.best.betterThan(best.best));
    if (wins) {
      best = result;
      bestEvents = std::move(events);
      model = std::move(candidate);
      work.cost.learningRate = rates[trial];
      work.record = std::move(record);
    }
    if (result.end == TrainEnd::kStopped || result.end == TrainEnd::kDiscarded) {
      best.end = result.end;
      break;
    }
  }
  for (RunEvent& event : bestEvents) work.emit(std::move(event));
  if (searches) work.cost.search = std::move(trials);
  return best;
}

// How one-sided the answers are, and the right ones.
void noteAnswers(Work& work, const std::vector<Prediction>& predictions) {
  if (work.data().freeAnswers() || predictions.empty()) return;
  std::vector<double> answers(work.data().labels().size()), labels(answers.size());
  for (const Prediction& p : predictions) {
    answers[static_cast<std::size_t>(p.predicted)] += 1 / static_cast<double>(predictions.size());
    labels[static_cast<std::size_t>(p.label)] += 1 / static_cast<double>(predictions.size());
  }
  const auto most = std::max_element(answers.begin(), answers.end());
  work.record.commonestAnswer = *most;
  work.record.commonestLabel = *std::max_element(labels.begin(), labels.end());
  work.record.commonestAnswerName = work.data().labels()[static_cast<std::size_t>(most - answers.begin())];
}

void runModel(Work& work) {
  const RunSpec& spec = work.spec();
  const MethodInfo& info = methodInfo(spec.method);
  if (spec.device != "cpu")
    throw Error(ErrorKind::kUnsupported, "device '" + spec.device + "' is not available in this build",
                "Choose the device cpu.");
  work.cost.gemmGflops = gemmGflops(static_cast<int>(spec.threads), 0.05);
  work.environment.set("gemm_gflops", work.cost.gemmGflops);

  // 1. Base and tokenizer.
  const OpenedBase base = openBase(spec.base.path);
  requireFinite(base.warnings);
  const ModelConfig& config = base.model->config();
  if (const std::string why = methodRefusal(info, config.layout, work.data().freeAnswers()); !why.empty())
    throw Error(ErrorKind::kUnsupported, why, "Choose another method or base.");
  if (config.isClassifier() && config.layout == Layout::kDecoder)
    throw Error(ErrorKind::kUnsupported,
                spec.base.path + ": is a sequence classifier; label words need a language model",
                "Choose a base whose architecture ends in ForCausalLM.");

  // 2. Prompts, method.
  const std::int64_t virtualTokens =
      spec.params.has("num_virtual_tokens") ? spec.params.getInt("num_virtual_tokens") : 0;
  const auto questions = makeQuestions(
      {work.data(), base, spec.params, virtualTokens, trainRows(work), Seed{spec.seed}.sub("examples")});
  AttachRequest request{base.model, spec.params, Seed{spec.seed}.sub("method"), questions->labels().ids,
                        work.labelCount()};
  if (spec.params.has("prompt_tuning_init_text"))
    request.initTokens = base.tokenizer->encode(spec.params.getString("prompt_tuning_init_text"));
  const auto attached = [&] { return makeMethod(spec.method)->attach(request); };
  std::unique_ptr<TunedModel> model = attached();

  work.phase("tokenising");
  const std::vector<std::int64_t>& validationRows = work.data().rows(Split::kValidation);
  std::vector<TrainingExample> examples;
  if (info.kind == MethodKind::kTuned) examples = questions->training(trainRows(work));
  work.cost.trainableParameters = model->parameterCount();
  work.cost.totalParameters = base.model->parameterCount();
  work.cost.promptTokensPerRequest =
      static_cast<double>(model->virtualTokens() + questions->templateTokens() -
                          static_cast<std::int64_t>(base.tokenizer->encodeInput("").size()));
  work.environment.set("truncated_training_rows", questions->truncatedRows())
      .set("scoring", questions->scoring(*model));

  // 3. Training.
  TrainResult result;
  if (info.kind == MethodKind::kTuned) {
    if (examples.empty()) throw Error(ErrorKind::kInvalidInput, "there are no training rows");
    TrainOptions options = TrainOptions::fromParams(spec.params, spec.budget.maxSteps);
    const std::int64_t steps = plannedSteps(options, examples.size());
    options.validations =
        plannedValidations(steps * options.batchSize, static_cast<std::int64_t>(validationRows.size()));
    work.emit(RunStarted{steps, work.cost.trainableParameters, work.cost.totalParameters, work.environment});
    const auto look = [&](const TunedModel& trained) {
      return questions->look(trained, validationRows, work.stop);
    };
    result = searchAndTrain(work, model, attached, examples, questions->labels(), options, look);
    if (result.end == TrainEnd::kDiscarded || work.stop.kind() == StopKind::kDiscard) throw Discarded{};
    work.cost.tokensPerSecond =
        work.cost.trainSeconds > 0 ? static_cast<double>(work.cost.trainTokens) / work.cost.trainSeconds : 0;
    if (result.end == TrainEnd::kDiverged) {
      finish(work, RunState::kDiverged,
             "the loss was no longer a number at step " + std::to_string(result.steps) +
                 ": try a learning rate ten times lower",
             diagnose(work.record, spec.params, work.cost.learningRate));
      return;
    }
  } else {
    work.emit(RunStarted{0, 0, work.cost.totalParameters, work.environment});
  }

  // 4. What was learned.
  work.phase("saving");
  const std::string folder = folderFor(work);
  std::vector<std::string> names = saveTuned(*model, folder, spec.base, work.data().labels());
  if (holdsWholeModel(folder))  // complete without the base
    for (std::string& name : saveTokenizer(spec.base.path, folder)) names.push_back(std::move(name));
  saved(work, folder, names);

  // 5. The final evaluation: the test split is read here and nowhere else.
  work.phase("evaluating");
  std::vector<Prediction> validation = questions->ask(*model, validationRows, work.stop);
  std::vector<RunFinding> findings;
  if (info.kind == MethodKind::kTuned) {
    noteAnswers(work, validation);
    work.record.trainRows = static_cast<std::int64_t>(examples.size());
    work.record.truncatedRows = questions->truncatedRows();
    work.record.firstTokensDiffer = model->hasClassHead() || questions->labels().firstTokensDiffer();
    findings = diagnose(work.record, spec.params, work.cost.learningRate);
  }
  report(work, splitName(Split::kValidation), result.bestStep, std::move(validation));
  writePrompt(folder, questions->stored());
  saved(work, folder, {kPromptFile});
  const double begin = monotonicSeconds();
  std::vector<Prediction> answers = questions->ask(*model, work.data().rows(Split::kTest), work.stop);
  work.cost.evalSeconds = monotonicSeconds() - begin;
  work.cost.secondsPerPrediction =
      work.cost.evalSeconds / static_cast<double>(std::max<std::size_t>(1, answers.size()));
  report(work, splitName(Split::kTest), result.bestStep, std::move(answers));
  finish(work, result.end == TrainEnd::kStopped ? RunState::kStopped : RunState::kFinished, endReason(result),
         std::move(findings));
}

}  // namespace runner

void executeRun(const RunInputs& inputs, const EventSink& emit, const StopToken& stop) {
  try {
    at::set_num_threads(static_cast<int>(std::max<std::int64_t>(1, inputs.spec.threads)));
    runner::Work work{inputs, emit, stop, {}, engineEnvironment()};
    work.phase("loading");
    if (!methodInfo(inputs.spec.method).needsBase)
      runner::runYardstick(work);
    else
      runner::runModel(work);
  } catch (const runner::Discarded&) {
    emit(RunCancelled{});
  } catch (const Error& e) {
    emit(RunFailed{errorKindName(e.kind()), e.what(), e.hint()});
  } catch (const std::bad_alloc&) {
    emit(RunFailed{"io", "not enough memory",
                   "Use a smaller batch size, fewer workers or a smaller base model."});
  } catch (const std::exception& e) {
    // libtorch's errors carry a backtrace behind the first line.
    std::string what = e.what();
    what = what.substr(0, what.find('\n'));
    const bool memory = what.find("alloc") != std::string::npos;
    emit(RunFailed{memory ? "io" : "internal",
                   (memory ? "not enough memory: " : "the engine failed: ") + what,
                   memory ? "Use a smaller batch size, fewer workers or a smaller base model."
                          : "This is a fault of the program: please report it with the run's settings."});
  }
}

}  // namespace attune
