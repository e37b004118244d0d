#include "core/run/runner.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <filesystem>

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/file_lock.h"
#include "core/base/hash.h"
#include "core/data/general_text.h"
#include "core/data/paraphrases.h"
#include "core/data/side_tasks.h"
#include "core/data/split.h"
#include "core/data/wordings.h"
#include "core/eval/evaluator.h"
#include "core/method/floor.h"
#include "core/method/peft_folder.h"
#include "core/method/text_classifier.h"
#include "core/method/whole_model.h"
#include "core/model/blocks.h"
#include "core/model/products.h"
#include "core/run/calibrate.h"
#include "core/run/energy.h"
#include "core/run/imported_adapter.h"
#include "core/run/prepared_run.h"
#include "core/run/probes.h"
#include "core/run/tuning.h"

namespace attune {
namespace runner {

// Thrown to leave a run that is discarded or goes on later.
struct Left {};

struct Work {
  const RunInputs& inputs;
  const EventSink& emit;
  const StopToken& stop;
  std::string folder;  // of the run
  Json engine;         // what computes: engineEnvironment()
  Json environment = engine;
  RunCost cost = {};
  TrainingRecord record = {};  // of the training that is kept
  double begin = monotonicSeconds();
  double beginCpu = processCpuSeconds();
  EnergyMeter energy = EnergyMeter();

  const RunSpec& spec() const { return inputs.spec; }
  const Dataset& data() const { return *inputs.dataset; }
  std::int64_t labelCount() const { return static_cast<std::int64_t>(data().labels().size()); }
  void phase(const std::string& name) const {
    if (stop.leaves()) throw Left{};
    emit(RunPhase{name});
  }
};

std::vector<std::int64_t> trainRows(const Work& work) {
  return trainSubset(work.data(), work.spec().budget.trainRows, Seed{work.spec().seed}.sub("train rows"));
}

std::int64_t taught(const Work& work, std::int64_t row) {
  return taughtLabel(row, work.data().examples()[static_cast<std::size_t>(row)].label, work.labelCount(),
                     work.spec().conditions.flippedLabels, work.spec().seed);
}

// Final scores and answers of one split, from predictions alone.
void report(Work& work, const char* split, std::int64_t step, std::vector<Prediction> predictions) {
  if (work.stop.leaves()) throw Left{};
  work.emit(RunScored{split, step,
                      scorePredictions(predictions, work.data().labels(), work.data().freeAnswers()), true});
  work.emit(RunPredicted{split, std::move(predictions)});
}

void saved(Work& work, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const std::string path = (std::filesystem::path(work.folder) / name).string();
    const Artifact artifact{"adapter", (std::filesystem::path(work.inputs.runFolder) / name).string(),
                            fileSize(path), sha256File(path)};
    work.cost.storedBytes += artifact.bytes;
    work.emit(RunSaved{artifact});
  }
}

// What was special about how the run was done: it was interrupted, or memory was short.
std::vector<std::string> circumstances(const Json& environment) {
  std::vector<std::string> told;
  if (const Json* resumed = environment.find("resumed")) {
    told.emplace_back(resumed->at("from_checkpoint").asBool() ? "interrupted, and went on from a checkpoint"
                                                              : "interrupted, and begun again");
    for (const Json& note : resumed->at("notes").items()) told.push_back(note.asString());
  }
  if (environment.has("activation_checkpointing"))
    told.emplace_back("activations were worked out twice to save memory, which takes longer");
  return told;
}

void finish(Work& work, RunState state, std::string reason, std::vector<RunFinding> findings = {}) {
  for (const std::string& circumstance : circumstances(work.environment))
    reason += (reason.empty() ? "" : "; ") + circumstance;
  work.cost.activeSeconds += monotonicSeconds() - work.begin;
  work.cost.peakBytes = peakResidentBytes();
  if (!work.environment.has("resumed")) work.cost.energyJoules = work.energy.joules();
  work.emit(RunFinished{state, std::move(reason), work.cost, std::move(findings)});
  removeCheckpoints(work.folder);
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
  const std::vector<std::int64_t> rows = trainRows(work);
  LabelledTexts lesson = textsOf(work, rows);
  for (std::size_t i = 0; i < rows.size(); ++i) lesson.labels[i] = taught(work, rows[i]);
  classifier->fit(lesson, textsOf(work, work.data().rows(Split::kValidation)), work.labelCount(),
                  work.spec().params, work.stop);
  work.cost.trainSeconds = monotonicSeconds() - begin;
  work.cost.trainableParameters = classifier->parameterCount();  // of no model: totalParameters stays 0
  work.cost.steps = classifier->stepCount();

  work.phase("saving");
  classifier->save(work.folder);
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(work.folder))
    names.push_back(file.path().filename().string());
  std::sort(names.begin(), names.end());
  saved(work, names);

  work.phase("evaluating");
  report(work, splitName(Split::kValidation), 0,
         ask(work, *classifier, work.data().rows(Split::kValidation)));
  const double evalBegin = monotonicSeconds();
  std::vector<Prediction> test = ask(work, *classifier, work.data().rows(Split::kTest));
  work.cost.evalSeconds = monotonicSeconds() - evalBegin;
  work.cost.secondsPerPrediction =
      work.cost.evalSeconds / static_cast<double>(std::max<std::size_t>(1, test.size()));
  report(work, splitName(Split::kTest), 0, std::move(test));
  if (work.spec().conditions.asksTraining)
    report(work, splitName(Split::kTrain), 0, ask(work, *classifier, rows));
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

// How the time and the operations of training compare with what had to be. `steps`: those that were measured.
void noteEfficiency(Work& work, const StepSample& steps, const ModelConfig& base, double trainTexts) {
  if (!steps.measured()) return;
  const MethodInfo& info = methodInfo(work.spec().method);
  const TrainingWork added = trainingWork(info, work.spec().params, base);
  work.cost.gemmGflops = steps.gflops();
  const double floor = trainingFloor(base, added, steps.read);
  const double all = static_cast<double>(work.cost.trainTokens) / steps.read.tokens;  // of those measured
  work.cost.executedFlops = steps.flops * all;
  work.cost.kernelEfficiency = steps.kernelEfficiency();
  const auto rows = [&](Split split) { return static_cast<double>(work.data().rows(split).size()); };
  const double length = steps.read.tokens / steps.read.texts;
  const auto reading = [&](double texts) {  // of the same mean length
    return forwardFloor(base, added, {texts, texts * length, texts * length * length});
  };
  double least = 0;
  if (info.ownsHead) {  // every text is read once, and what training computes is next to nothing
    least = reading(trainTexts + rows(Split::kValidation) + rows(Split::kTest));
  } else {
    work.cost.usefulShare = floor / steps.flops;
    const double looks = static_cast<double>(work.record.looks.size()), validation = rows(Split::kValidation);
    const double trainings = static_cast<double>(std::max<std::size_t>(1, work.cost.search.size()));
    least = floor * all + reading(validation + rows(Split::kTest)) +
            trainings * ((1 - added.kept) * reading(looks * validation) +
                         added.kept * reading(trainTexts + validation));
  }
  // Several cores may have worked at once: it is their time that counts.
  const double now = std::max(monotonicSeconds() - work.begin, processCpuSeconds() - work.beginCpu);
  work.cost.floorRatio = least / (steps.gflops() * 1e9) / (work.cost.activeSeconds + now);
}

// Where an earlier attempt was left, if the run can go on from there; how is noted in the environment.
std::optional<Checkpoint> checkpointOf(Work& work, const TunedModel& model) {
  std::vector<std::string> problems;
  std::optional<Checkpoint> found = readCheckpoint(work.folder, problems);
  if (found && !fits(*found, work.spec(), model)) {
    problems.emplace_back("the checkpoint belongs to another run");
    found.reset();
  }
  if (!found && problems.empty()) return found;
  Json resumed = Json().set("from_checkpoint", found.has_value());
  if (found) {
    const Json then = found->progress.at("environment");
    for (const auto& [name, value] : work.engine.members())
      if (const Json* old = then.find(name); !old || old->dump() != value.dump())
        problems.push_back(name + " is another one than before, so the result may differ in its last digits");
  }
  work.environment.set("resumed", resumed.set("notes", Json::list(problems)));
  return found;
}

void runModel(Work& work) {
  const RunSpec& spec = work.spec();

  // 1. Base, prompts, method.
  const Precision precision = choosePrecision(spec);
  work.cost.gemmGflops = precision.rate();
  work.environment.set("gemm_gflops", precision.gflops);
  if (precision.halfGflops > 0) work.environment.set("gemm_gflops_bf16", precision.halfGflops);
  PreparedRun prepared(spec, work.data(), work.inputs.filesFolder);
  Questions& questions = prepared.questions();
  const OpenedBase& base = prepared.base();
  const bool trains = prepared.trains();
  if (trains && !prepared.info().ownsHead)  // a head alone learns from what was read in fp32
    for (Json* json : {&work.engine, &work.environment})
      json->set("training_products", precision.half ? "bf16" : "fp32");
  std::unique_ptr<TunedModel> model = prepared.attach();
  if (spec.isImported()) {
    const std::string assumed =
        assumedLabels(prepared.adapterFolder(), model->classCount(), work.data().labels());
    if (!assumed.empty()) work.environment.set("warnings", Json().push(assumed));
  }

  // 2. Tokens.
  work.phase("tokenising");
  const std::vector<std::int64_t>& validationRows = work.data().rows(Split::kValidation);
  std::vector<TrainingExample> examples;
  if (trains) examples = questions.training(prepared.trainRows());
  for (std::size_t i = 0; i < examples.size() && spec.conditions.flippedLabels > 0; ++i)
    examples[i].label = taught(work, prepared.trainRows()[i]);
  work.cost.trainableParameters = model->parameterCount();
  work.cost.totalParameters = base.model->parameterCount();
  work.cost.promptTokensPerRequest =
      static_cast<double>(model->virtualTokens() + questions.templateTokens() -
                          static_cast<std::int64_t>(base.tokenizer->encodeInput("").size()));
  work.environment.set("truncated_training_rows", questions.truncatedRows())
      .set("scoring", questions.scoring(*model));

  if (spec.conditions.asksWordings) work.environment.set("wording_panel", wordingPanelHash());
  if (spec.conditions.asksParaphrases) work.environment.set("paraphrase_panel", paraphrasePanelHash());
  if (spec.conditions.readsGeneral) work.environment.set("general_text", kGeneralTextName);
  if (spec.conditions.asksSideTasks) work.environment.set("side_tasks", kSideTasksName);
  std::vector<Prediction> generalBefore, sideBefore;
  if (spec.conditions.asksSideTasks) sideBefore = askSideTasks(base, *prepared.untuned(), 0, work.stop);
  if (spec.conditions.readsGeneral) generalBefore = readGeneralText(base, *prepared.untuned(), 0, work.stop);

  // 3. Training.
  TrainResult result;
  if (trains) {
    if (examples.empty()) throw Error(ErrorKind::kInvalidInput, "there are no training rows");
    TrainOptions options = TrainOptions::fromParams(spec.params, spec.budget.maxSteps);
    const std::int64_t steps = plannedSteps(options, examples.size());
    options.validations =
        plannedValidations(steps * options.batchSize, static_cast<std::int64_t>(validationRows.size()));
    const MemoryPlan memory = planMemory(spec, prepared, examples, work.labelCount());
    if (memory.recomputes) work.environment.set("activation_checkpointing", true);
    const std::optional<Checkpoint> checkpoint = checkpointOf(work, *model);
    work.emit(RunStarted{steps, work.cost.trainableParameters, work.cost.totalParameters, work.environment});
    const auto look = [&](const TunedModel& trained) {
      return questions.look(trained, validationRows, work.stop);
    };
    const TrainingProducts products(precision.half, memory.room);
    const Recomputing recomputing(memory.recomputes);
    Tuned tuned = tune({spec, examples, questions.labels(), options, [&] { return prepared.attach(); }, look,
                        productGauge(precision.half), [&](const std::string& name) { work.phase(name); },
                        work.emit, work.stop, work.folder, work.inputs.checkpointSeconds, work.engine},
                       std::move(model), checkpoint);
    result = tuned.result;
    if (result.end == TrainEnd::kSuspended || result.end == TrainEnd::kDiscarded) throw Left{};
    model = std::move(tuned.model);
    work.record = std::move(tuned.record);
    work.cost.learningRate = tuned.learningRate;
    work.cost.steps = tuned.steps;
    work.cost.trainTokens = tuned.tokens;
    work.cost.trainSeconds = tuned.seconds;
    work.cost.activeSeconds = tuned.earlierSeconds;
    if (spec.budget.search > 1) work.cost.search = std::move(tuned.trials);
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
  std::vector<std::string> names = saveTuned(*model, work.folder, spec.base, work.data().labels());
  if (holdsWholeModel(work.folder))  // complete without the base
    for (std::string& name : saveTokenizer(spec.base.path, work.folder)) names.push_back(std::move(name));
  saved(work, names);

  // 5. The final evaluation: the test split is read here and nowhere else.
  work.phase("evaluating");
  std::vector<Prediction> validation = questions.ask(*model, validationRows, work.stop);
  std::vector<RunFinding> findings;
  if (trains) {
    noteAnswers(work, validation);
    work.record.trainRows = static_cast<std::int64_t>(examples.size());
    work.record.truncatedRows = questions.truncatedRows();
    work.record.firstTokensDiffer = model->hasClassHead() || questions.labels().firstTokensDiffer();
    findings = diagnose(work.record, spec.params, work.cost.learningRate);
  }
  report(work, splitName(Split::kValidation), result.bestStep, std::move(validation));
  writePrompt(work.folder, questions.stored());
  saved(work, {kPromptFile});
  const double begin = monotonicSeconds();
  std::vector<Prediction> answers = questions.ask(*model, work.data().rows(Split::kTest), work.stop);
  work.cost.evalSeconds = monotonicSeconds() - begin;
  work.cost.secondsPerPrediction =
      work.cost.evalSeconds / static_cast<double>(std::max<std::size_t>(1, answers.size()));
  report(work, splitName(Split::kTest), result.bestStep, std::move(answers));
  if (spec.conditions.asksTraining)
    report(work, splitName(Split::kTrain), result.bestStep,
           questions.ask(*model, prepared.trainRows(), work.stop));
  const Answered answered = [&](const std::string& name, std::vector<Prediction> predictions) {
    if (work.stop.leaves()) throw Left{};
    work.emit(RunPredicted{name, std::move(predictions)});
  };
  if (spec.conditions.asksWordings || spec.conditions.orders > 0)
    askWordings(spec, work.data(), prepared, *model, work.stop, answered);
  if (spec.conditions.asksParaphrases) askParaphrases(work.data(), prepared, *model, work.stop, answered);
  if (spec.conditions.disturbsPrompt) disturbPrompt(spec, work.data(), prepared, *model, work.stop, answered);
  if (spec.conditions.asksSideTasks) {
    answered(kSideBefore, std::move(sideBefore));
    answered(kSideOn, askSideTasks(base, *model, model->virtualTokens(), work.stop));
  }
  if (spec.conditions.readsGeneral) {
    answered(kGeneralBefore, std::move(generalBefore));
    answered(kGeneralOn, readGeneralText(base, *model, model->virtualTokens(), work.stop));
    answered(kGeneralOff, readGeneralText(base, *prepared.untuned(), 0, work.stop));
  }
  noteEfficiency(work, result.sample, base.model->config(), static_cast<double>(examples.size()));
  finish(work, result.end == TrainEnd::kStopped ? RunState::kStopped : RunState::kFinished, endReason(result),
         std::move(findings));
}

}  // namespace runner

void executeRun(const RunInputs& inputs, const EventSink& emit, const StopToken& stop) {
  const std::string folder = (std::filesystem::path(inputs.filesFolder) / inputs.runFolder).string();
  try {
    at::set_num_threads(static_cast<int>(std::max<std::int64_t>(1, inputs.spec.threads)));
    std::filesystem::create_directories(folder);
    // A worker whose program is gone may still be writing its last checkpoint.
    const FileLock lock(folder, [&] { return !stop.leaves(); });
    keepOnlyCheckpoints(folder);
    runner::Work work{inputs, emit, stop, folder, engineEnvironment()};
    work.phase("loading");
    if (!methodInfo(inputs.spec.method).needsBase)
      runner::runYardstick(work);
    else
      runner::runModel(work);
  } catch (const runner::Left&) {
    if (stop.kind() == StopKind::kDiscard) {
      std::error_code ignored;
      std::filesystem::remove_all(folder, ignored);
      emit(RunCancelled{});
    } else {
      emit(RunInterrupted{"It was put aside; resuming it goes on from where it was."});
    }
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
