#include <csignal>

#include "app/cli_commands.h"
#include "app/cli_queue.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/report/comparison.h"
#include "core/report/export_run.h"
#include "core/report/number_text.h"
#include "core/run/dataset_store.h"
#include "core/run/imported_adapter.h"
#include "core/run/make_study.h"

namespace attune {
namespace {

int printRuns(Store& store, const std::vector<RunId>& ids, const Output& output) {
  Json list = Json::array();
  int code = kOk;
  for (const RunId id : ids) {
    const Run run = store.run(id);
    if (isUndone(run.state)) code = kFailed;
    list.push(runToJson(run));
    output.line(std::to_string(id.value) + "  " + run.spec.method + ", seed " +
                std::to_string(run.spec.seed) + ": " + runStateName(run.state) +
                (run.reason.empty() ? "" : " (" + run.reason + ")"));
  }
  if (output.json) {
    Json document = Json().set("runs", list);
    if (list.items().size() == 1) document.set("run", list.items().front());
    output.document("attune.runs/1", document);
  }
  return code;
}

int runSpec(const Output& output, const std::string& file, const std::string& project, int workers) {
  const Json json = parseJson(readFile(file, 16 << 20), file);
  RunSpec spec;
  try {
    spec = RunSpec::fromJson(json);
  } catch (const Error& e) {
    throw Error(e.kind(), file + ": " + e.what(), "Take the 'spec' of a run: attune-cli show RUN --json.")
        .inFile(file);
  }
  Store store(project, OpenMode::kOpen);
  loadDataset(store, spec.datasetHash, spec.splitHash);  // throws when it is not there
  Study study;
  study.name = "Single run";
  for (const DatasetRecord& record : store.datasets())
    if (record.hash == spec.datasetHash && record.splitHash == spec.splitHash) study.dataset = record.id;
  study.datasetHash = spec.datasetHash;
  study.splitHash = spec.splitHash;
  study.base = spec.base;
  study.methods = {{spec.method, spec.method, spec.params, true}};
  study.firstSeed = spec.seed;
  study.budget = spec.budget;
  const auto ids = store.addRuns(store.addStudy(study), {spec});
  const bool interrupted = workThrough(store, ids, workers, output);
  const int code = printRuns(store, ids, output);
  return interrupted ? static_cast<int>(kInterruptedByUser) : code;
}

int resume(const Output& output, const std::string& project, std::int64_t which, int workers) {
  Store store(project, OpenMode::kOpen);
  store.markInterrupted();
  std::vector<RunId> ids;
  for (const Run& run : store.allRuns()) {
    if (which > 0 && run.id.value != which) continue;
    if (run.state == RunState::kInterrupted ||
        (which > 0 && (run.state == RunState::kFailed || run.state == RunState::kCancelled)))
      store.changeState(run.id, run.state, RunState::kQueued);
    if (store.run(run.id).state == RunState::kQueued) ids.push_back(run.id);
  }
  if (which > 0 && ids.empty()) {
    const Run run = store.run(RunId{which});
    throw Error(ErrorKind::kUsage, "run " + std::to_string(which) + " is " + runStateName(run.state),
                "Only interrupted, failed and cancelled runs can be resumed.");
  }
  const bool interrupted = workThrough(store, ids, workers, output);
  const int code = printRuns(store, ids, output);
  return interrupted ? static_cast<int>(kInterruptedByUser) : code;
}

int cancel(const Output& output, const std::string& project, std::int64_t which) {
  Store store(project, OpenMode::kOpen);
  const RunId id{which};
  const Run run = store.run(id);
  if (run.state != RunState::kQueued)
    throw Error(ErrorKind::kUsage, "run " + std::to_string(which) + " is " + runStateName(run.state),
                isEnded(run.state) ? "It has ended already."
                                   : "Stop it where it works: press Ctrl+C there, or Stop in the window.");
  if (!store.changeState(id, RunState::kQueued, RunState::kCancelled))
    throw Error(ErrorKind::kConflict, "run " + std::to_string(which) + " was started in this moment",
                "Try again.");
  return printRuns(store, {id}, output);
}

int list(const Output& output, const std::string& project) {
  Store store(project, OpenMode::kReadOnly);
  Json runs = Json::array(), studies = Json::array(), datasets = Json::array();
  std::vector<std::vector<std::string>> rows{{"run", "method", "seed", "state", "test accuracy", "time"}};
  for (const Run& run : store.allRuns()) {
    runs.push(runToJson(run));
    const auto accuracy = run.scores.find("test.accuracy");
    rows.push_back({std::to_string(run.id.value), run.spec.method, std::to_string(run.spec.seed),
                    runStateName(run.state),
                    accuracy == run.scores.end() ? "-" : percentText(accuracy->second),
                    durationText(run.cost.activeSeconds)});
  }
  for (const Study& study : store.studies()) {
    studies.push(Json().set("id", study.id.value).set("name", study.name).set("question", study.question));
    output.line("study " + std::to_string(study.id.value) + "  " + study.name);
  }
  for (const DatasetRecord& record : store.datasets()) {
    datasets.push(Json().set("id", record.id.value).set("name", record.name).set("hash", record.hash));
    output.line("dataset " + record.name + "  " + joinText(record.labels, ", "));
  }
  output.line(textTable(rows, {true, false, true, false, true, true}));
  if (output.json)
    output.document("attune.list/1", Json()
                                         .set("runs", std::move(runs))
                                         .set("studies", std::move(studies))
                                         .set("datasets", std::move(datasets)));
  return kOk;
}

int exportAdapter(const Output& output, const std::string& project, std::int64_t which,
                  const std::string& out) {
  Store store(project, OpenMode::kReadOnly);
  const std::vector<WrittenFile> files = exportRun(store, RunId{which}, out);
  for (const WrittenFile& file : files) output.line(file.path);
  if (output.json) output.document("attune.adapter_files/1", Json().set("files", filesJson(files)));
  return kOk;
}

struct AdapterOptions {
  AdapterImport import;
  std::int64_t study = 0;
  int workers = 0;
};

int importAdapterInto(const Output& output, const std::string& project, AdapterOptions o) {
  Store store(project, OpenMode::kOpen);
  const Study study = store.study(chosenStudy(store, o.study));
  o.import.projectPath = project;
  o.import.filesFolder = store.filesFolder();
  const ImportedAdapter adapter = importAdapter(o.import, study, store.dataset(study.dataset).labels);
  const Study extended = extendedStudy(study, adapter.choice, adapter.repeatCommand);
  const StudyId joined = store.addStudy(extended);
  store.addRuns(joined, expand(extended));
  RunId run;
  for (const Run& one : store.runs(joined))
    if (extended.choiceOf(one.spec) == &extended.methods.back()) run = one.id;
  const bool interrupted = workThrough(store, {run}, o.workers, output);
  const int code = isUndone(store.run(run).state) ? kFailed : kOk;
  if (output.json) {
    output.document("attune.adapter_files/1", Json()
                                                  .set("files", filesJson(adapter.files))
                                                  .set("study", joined.value)
                                                  .set("run", runToJson(store.run(run))));
  } else {
    const Comparison comparison = Comparison::load(store, joined);
    output.line(comparison.verdict.text);
    for (const std::string& flag : comparison.verdict.flags) output.line("- " + flag);
  }
  return interrupted ? static_cast<int>(kInterruptedByUser) : code;
}

int show(const Output& output, const std::string& project, std::int64_t which) {
  Store store(project, OpenMode::kReadOnly);
  const Run run = store.run(RunId{which});
  Json json = runToJson(run);
  json.set("environment", run.environment).set("cost", run.cost.toJson());
  Json artifacts = Json::array();
  for (const Artifact& a : run.artifacts)
    artifacts.push(Json().set("path", a.path).set("bytes", a.bytes).set("sha256", a.sha256));
  json.set("artifacts", std::move(artifacts));
  if (output.json)
    output.document("attune.run/1", Json().set("run", std::move(json)));
  else
    output.line(json.dump(2));
  return kOk;
}

}  // namespace

void addRunCommands(CLI::App& app, Action& action) {
  struct Options {
    std::string project, spec, out;
    std::int64_t run = 0;
    int workers = 0;
  };
  const auto make = [&](const char* name, const char* summary, const std::string& example) {
    CLI::App* command = addCommand(app, name, summary, example);
    auto o = std::make_shared<Options>();
    command->add_option("--project", o->project, "Project file")->required();
    return std::pair{command, o};
  };
  {
    auto [command, o] =
        make("run", "Do a single run from its specification.", "attune-cli run spec.json --project p.attune");
    command->add_option("spec", o->spec, "JSON file")->required();
    command->add_option("--workers", o->workers, "Runs at the same time");
    command->callback([o = o, &action] {
      action = [o](const Output& out) { return runSpec(out, o->spec, o->project, o->workers); };
    });
  }
  {
    auto [command, o] = make("resume", "Do again what was interrupted, and what waits.",
                             "attune-cli resume --project p.attune");
    command->add_option("run", o->run, "Only this run");
    command->add_option("--workers", o->workers, "Runs at the same time");
    command->callback([o = o, &action] {
      action = [o](const Output& out) { return resume(out, o->project, o->run, o->workers); };
    });
  }
  {
    auto [command, o] =
        make("cancel", "Take a waiting run out of the queue.", "attune-cli cancel 7 --project p.attune");
    command->add_option("run", o->run, "Number of the run")->required();
    command->callback(
        [o = o, &action] { action = [o](const Output& out) { return cancel(out, o->project, o->run); }; });
  }
  {
    auto [command, o] = make("export-adapter", "Copy what a run learned to a folder, with a model card.",
                             "attune-cli export-adapter 7 --project p.attune --out adapter");
    command->add_option("run", o->run, "Number of the run")->required();
    command->add_option("--out", o->out, "Folder that is empty or not there yet")->required();
    command->callback([o = o, &action] {
      action = [o](const Output& out) { return exportAdapter(out, o->project, o->run, o->out); };
    });
  }
  {
    auto [command, project] =
        make("import-adapter", "Let an adapter that was trained elsewhere join a comparison.",
             "attune-cli import-adapter adapter --project p.attune");
    const auto o = std::make_shared<AdapterOptions>();
    command->add_option("folder", o->import.folder, "Adapter folder in PEFT's layout")->required();
    command->add_option("--study", o->study, "Comparison that it joins (default: the newest)");
    command->add_option("--title", o->import.title, "Its name there (default: the folder's)");
    command->add_option(
        "--template", o->import.pattern,
        "Prompt with {text} (default: that of the folder's prompt.json, or the comparison's)");
    command->add_option("--label-words", o->import.labelWords, "'label = word' with semicolons between");
    command->add_option("--workers", o->workers, "Runs at the same time");
    command->callback([o, project = project, &action] {
      action = [=](const Output& out) { return importAdapterInto(out, project->project, *o); };
    });
  }
  {
    auto [command, o] =
        make("list", "List datasets, studies and runs of a project.", "attune-cli list --project p.attune");
    command->callback(
        [o = o, &action] { action = [o](const Output& out) { return list(out, o->project); }; });
  }
  {
    auto [command, o] =
        make("show", "Show everything about one run.", "attune-cli show 7 --project p.attune --json");
    command->add_option("run", o->run, "Number of the run")->required();
    command->callback(
        [o = o, &action] { action = [o](const Output& out) { return show(out, o->project, o->run); }; });
  }
}

}  // namespace attune
