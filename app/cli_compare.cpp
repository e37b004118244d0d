#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

#include "app/cli_base.h"
#include "app/cli_commands.h"
#include "app/cli_queue.h"
#include "app/cli_study.h"
#include "app/services.h"
#include "core/base/text.h"
#include "core/data/import.h"
#include "core/method/catalog.h"
#include "core/report/comparison.h"
#include "core/report/number_text.h"
#include "core/report/report.h"
#include "core/run/dataset_store.h"
#include "core/run/estimate.h"
#include "core/run/host.h"
#include "core/run/make_study.h"
#include "core/run/memory.h"
#include "core/run/run_queue.h"
#include "core/run/usable_base.h"

namespace attune {
namespace {

struct CompareOptions : StudyOptions {
  std::string baseline = "untuned";
  bool failOnWorse = false, dryRun = false;
};

// One row a method, with the word of its comparison with the baseline.
std::string comparisonTable(const Comparison& comparison, const std::string& baseline) {
  std::size_t reference = comparison.configurations.size();
  for (std::size_t i = 0; i < comparison.configurations.size(); ++i)
    if (comparison.configurations[i].method == baseline) reference = i;
  std::vector<std::vector<std::string>> rows{
      {"method", "seeds", comparison.dataset.freeAnswers ? "exact match" : "accuracy", "95 %",
       comparison.dataset.freeAnswers ? "token F1" : "macro F1", "trained", "train time", "peak memory",
       "stored",
       reference < comparison.configurations.size() ? "against " + comparison.configurations[reference].title
                                                    : ""}};
  std::vector<bool> rightAligned{false, true, true, true, true, true, true, true, true, false};
  if (!comparison.configurations.empty())
    for (const auto& [title, value] : furtherScores(comparison, comparison.configurations.front())) {
      rows.front().push_back(title);
      rightAligned.push_back(true);
    }
  for (std::size_t i = 0; i < comparison.configurations.size(); ++i) {
    const Configuration& c = comparison.configurations[i];
    std::string word;
    if (reference < comparison.configurations.size() && i != reference)
      word =
          pairWordSymbol(comparison.word(i, reference)) + " " + pairWordText(comparison.word(i, reference));
    rows.push_back({c.title, std::to_string(c.n()), percentText(c.mean), percentIntervalText(c.low, c.high),
                    percentText(c.macroF1), countText(c.cost.trainableParameters),
                    durationText(c.cost.knownTrainSeconds()),
                    c.cost.peakBytes > 0 ? bytesText(c.cost.peakBytes) : "-", bytesText(c.cost.storedBytes),
                    word});
    for (const auto& [title, value] : furtherScores(comparison, c)) rows.back().push_back(value);
  }
  return textTable(rows, rightAligned);
}

struct CompareResult {
  Comparison comparison;
  std::vector<Run> runs;
  int exitCode = kOk;
};

// The runs of a study and what they will need, from the first steps of each method.
void listRuns(const Study& study, const std::vector<RunSpec>& specs, const Dataset& dataset,
              const ModelInfo& base, const CompareOptions& o, const Output& output) {
  std::map<std::string, Measured> measured;
  for (const MethodChoice& choice : study.methods) {
    if (!methodInfo(choice.method).needsBase || findWorkerProgram().empty()) continue;
    RunRequest request;
    request.spec = runOf(study, choice, 0);
    request.projectPath = o.project;
    measured[costKey(request.spec)] = measureInChild(findWorkerProgram(), request, 1, StopToken{});
  }
  const int workers = workerCount(o.workers);
  const StudyEstimate estimate = estimateStudy(study, dataset, base, kAnySpeed, workers, measured);
  Json runs = Json::array();
  for (const RunSpec& spec : specs) {
    const MethodEstimate& m = estimate.methods.at(study.titleOf(spec));
    runs.push(Json()
                  .set("method", spec.method)
                  .set("seed", static_cast<std::int64_t>(spec.seed))
                  .set("seconds", m.seconds)
                  .set("peak_bytes", m.peakBytes)
                  .set("stored_bytes", m.storedBytes));
    output.line(spec.method + ", seed " + std::to_string(spec.seed) + ": about " + durationText(m.seconds) +
                ", " + bytesText(m.peakBytes) + " of memory");
  }
  output.line("All, with " + std::to_string(workers) + (workers == 1 ? " worker: " : " workers: ") +
              durationText(estimate.secondsLow) + " to " + durationText(estimate.secondsHigh) + ", up to " +
              bytesText(estimate.peakBytes) + " of memory and " + bytesText(estimate.storedBytes) +
              " of disk space.");
  if (output.json)
    output.document("attune.compare_plan/1", Json()
                                                 .set("runs", std::move(runs))
                                                 .set("seconds_low", estimate.secondsLow)
                                                 .set("seconds_high", estimate.secondsHigh)
                                                 .set("peak_bytes", estimate.peakBytes));
}

CompareResult runComparison(const CompareOptions& o, const Output& output) {
  if (!o.dryRun) startChildAhead(findWorkerProgram());
  std::optional<Store> opened;
  const StudyRequest request = studyRequest(o, o.methods, opened, output);
  Store& store = *opened;
  const Study study = makeStudy(request);
  const std::vector<RunSpec> specs = expand(study);
  if (o.dryRun) {
    listRuns(study, specs, *loadDataset(store, request.dataset.id), request.base, o, output);
    return {};
  }
  requireFits(store, study, request, o);
  const StudyId id = store.addStudy(study);
  const std::vector<RunId> ids = store.addRuns(id, specs);
  output.say("study " + std::to_string(id.value) + ": " + std::to_string(ids.size()) + " runs on " +
             request.dataset.name + " with " + request.base.name);

  CompareResult result;
  const bool interrupted = workThrough(store, ids, o.workers, output);
  result.comparison = Comparison::load(store, id);
  result.runs = store.runs(id);
  if (sayUndone(result.runs, output)) result.exitCode = kFailed;
  if (o.failOnWorse) {
    const auto& all = result.comparison.configurations;
    for (std::size_t b = 0; b < all.size(); ++b)
      if (all[b].method == o.baseline)
        for (std::size_t a = 0; a < all.size(); ++a)
          if (a != b && all[a].method != "majority" && result.comparison.word(a, b) == PairWord::kWorse)
            result.exitCode = kWorseThanBaseline;
  }
  if (interrupted) result.exitCode = kInterruptedByUser;
  return result;
}

void printComparison(const CompareResult& result, const CompareOptions& o, const Output& output) {
  output.line(comparisonTable(result.comparison, o.baseline));
  output.line(result.comparison.verdict.text);
  for (const std::string& flag : result.comparison.verdict.flags) output.line("- " + flag);
  for (const Run& run : result.runs)
    for (const RunFinding& f : run.findings)
      output.line(
          "- " + run.spec.method + ", seed " + std::to_string(run.spec.seed) + ": " + f.text + " " + f.cure +
          (f.setting.empty() ? "" : " (--set " + run.spec.method + "." + f.setting + "=" + f.value + ")"));
}

int compare(const CompareOptions& o, const Output& output) {
  const CompareResult result = runComparison(o, output);
  if (o.dryRun) return kOk;
  if (output.json)
    output.document("attune.compare/1", comparisonToJson(result.comparison, result.runs));
  else
    printComparison(result, o, output);
  return result.exitCode;
}

int demo(const std::string& out, int workers, const Output& output) {
  std::filesystem::create_directories(out);
  CompareOptions o;
  // A project of its own each time, so that the demonstration always works.
  std::filesystem::path project = std::filesystem::path(out) / "demo.attune";
  for (int n = 2; std::filesystem::exists(project); ++n)
    project = std::filesystem::path(out) / ("demo-" + std::to_string(n) + ".attune");
  o.project = project.string();
  o.data = sampleFile();
  if (o.data.empty())
    throw Error(ErrorKind::kNotFound, "the sample data is not installed",
                "Install Attune completely, or set ATTUNE_DATA to the folder that holds base/ and sample/.");
  o.workers = workers;
  output.say("Comparing ways of tuning on " + o.data +
             "\nNothing leaves this computer. Project: " + o.project);
  const CompareResult result = runComparison(o, output);
  Store store(o.project, OpenMode::kReadOnly);
  const Report report = makeReport(store, result.comparison.study.id);
  const std::string folder = (std::filesystem::path(out) / (project.stem().string() + "-report")).string();
  const std::vector<WrittenFile> files = writeReport(report, folder, {"html", "md", "csv", "json", "svg"});
  if (output.json) {
    Json document = comparisonToJson(result.comparison, result.runs);
    output.document("attune.demo/1", document.set("files", filesJson(files)));
  } else {
    printComparison(result, o, output);
    output.line("");
    for (const WrittenFile& file : files) output.line(file.path);
  }
  return result.exitCode;
}

}  // namespace

void addCompareCommands(CLI::App& app, Action& action) {
  {
    CLI::App* command =
        addCommand(app, "demo", "Compare all methods on the bundled sample data and write a report.",
                   "attune-cli demo --out demo");
    const auto out = std::make_shared<std::string>("attune-demo");
    const auto workers = std::make_shared<int>(0);
    command->add_option("--out", *out, "Folder for project and report");
    command->add_option("--workers", *workers, "Runs at the same time; 0: one a core");
    command->callback(
        [=, &action] { action = [=](const Output& output) { return demo(*out, *workers, output); }; });
  }
  {
    CLI::App* command =
        addCommand(app, "compare", "Run several methods on one dataset and compare them.",
                   "attune-cli compare --project reviews.attune --data reviews.csv --base bundled");
    const auto o = std::make_shared<CompareOptions>();
    o->addTo(*command);
    command->add_option("--baseline", o->baseline, "Method that the others are compared with");
    command->add_flag("--fail-on-worse", o->failOnWorse,
                      "Exit with 5 when a method is worse than the baseline");
    command->add_flag("--dry-run", o->dryRun,
                      "Only list the runs, with the time that their first steps let expect");
    command->callback([=, &action] { action = [=](const Output& output) { return compare(*o, output); }; });
  }
}

}  // namespace attune
