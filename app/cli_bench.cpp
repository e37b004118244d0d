#include <algorithm>
#include <cstdio>

#include "app/cli_base.h"
#include "app/cli_commands.h"
#include "app/cli_queue.h"
#include "app/services.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/data/import.h"
#include "core/method/catalog.h"
#include "core/report/number_text.h"
#include "core/report/self_comparison.h"
#include "core/run/blas.h"
#include "core/run/ladder.h"
#include "core/run/make_study.h"
#include "core/run/measure.h"
#include "core/run/run_queue.h"

namespace attune {
namespace {

struct BenchOptions {
  std::string base = "bundled", data, methods = "all";
  double seconds = 3;
  std::int64_t rows = 512, batch = 0;
  int workers = 0, rung = -1;
  DataOptions dataOptions;
};

RunInputs inputsFor(const BenchOptions& o, const MethodChoice& choice,
                    std::shared_ptr<const Dataset> dataset) {
  RunInputs inputs;
  inputs.spec.method = choice.method;
  inputs.spec.params = choice.params;
  if (o.batch > 0 && choice.params.has("batch_size")) inputs.spec.params.set("batch_size", o.batch);
  inputs.spec.seed = 1;
  inputs.spec.base.path = basePath(o.base);
  inputs.spec.budget.trainRows = o.rows;
  inputs.dataset = std::move(dataset);
  return inputs;
}

std::shared_ptr<const Dataset> dataFor(const BenchOptions& o) {
  const std::string file = o.data.empty() ? sampleFile() : o.data;
  const Result<ImportedDataset> imported = importDataset(file, importOptions(o.dataOptions));
  if (!imported) throwFirstError(imported.diagnostics);
  return std::make_shared<Dataset>(imported.value->dataset);
}

std::string rateText(double examplesPerSecond) { return formatFixed(examplesPerSecond, 1); }
std::string shareText(double share) { return share > 0 ? percentText(share) : "–"; }

int benchMethods(const BenchOptions& o, const Output& output) {
  const auto dataset = dataFor(o);
  const std::vector<std::string> names = splitList(o.methods);
  std::vector<std::vector<std::string>> rows{{"method", "examples/s", "times", "step", "trained",
                                              "kernel efficiency", "useful share", "floor ratio",
                                              "an answer"}};
  Json steps = Json::array();
  std::vector<std::pair<std::string, Measured>> measured;
  double reference = 0;  // of the first method whose training goes through the base
  for (const MethodChoice& choice :
       chooseMethods(names, "quick", {}, describeModel(basePath(o.base)).layout, dataset->freeAnswers())) {
    const MethodInfo& info = methodInfo(choice.method);
    if (!info.needsBase || info.kind != MethodKind::kTuned) continue;
    measured.emplace_back(choice.method, measureRun(inputsFor(o, choice, dataset), o.seconds));
    const double rate = measured.back().second.examplesPerSecond;
    if (reference == 0 && !info.ownsHead) reference = rate;
    output.say(choice.method + ": " + rateText(rate) + " examples a second");
  }
  for (const auto& [method, m] : measured) {
    if (reference == 0) reference = m.examplesPerSecond;
    const double ratio = reference > 0 ? m.examplesPerSecond / reference : 0;
    steps.push(m.toJson().set("name", method).set("ratio", ratio));
    rows.push_back({method, rateText(m.examplesPerSecond), formatFixed(ratio, 2),
                    formatFixed(m.stepSeconds * 1000, 1) + " ms", countText(m.trainableParameters),
                    shareText(m.kernelEfficiency), shareText(m.usefulShare), shareText(m.floorRatio),
                    formatFixed(m.answerSeconds * 1000, 1) + " ms"});
  }
  output.line(textTable(rows, {false, true, true, true, true, true, true, true, true}));
  if (output.json) output.document("attune.bench/1", Json().set("steps", std::move(steps)));
  return kOk;
}

// The last rung in as many processes as there are workers, all at once.
double together(const BenchOptions& o, std::size_t rung, int workers) {
  std::string command = shellQuoted(findWorkerProgram()) + " bench ladder --rung " + std::to_string(rung) +
                        " --base " + shellQuoted(o.base) + " --methods " + shellQuoted(o.methods) +
                        " --seconds " + formatShortest(o.seconds) + " --rows " + std::to_string(o.rows);
  if (o.batch > 0) command += " --batch-size " + std::to_string(o.batch);
  if (!o.data.empty()) command += " --data " + shellQuoted(o.data);
  std::vector<std::FILE*> children;
  for (int i = 0; i < workers; ++i)
    if (std::FILE* child = ::popen(command.c_str(), "r")) children.push_back(child);
  double sum = 0;
  for (std::FILE* child : children) {
    char line[64] = {};
    if (std::fgets(line, sizeof line, child)) sum += parseDouble(trim(line)).value_or(0);
    ::pclose(child);
  }
  return sum;
}

int benchLadder(const BenchOptions& o, const Output& output) {
  const auto dataset = dataFor(o);
  const std::string method = o.methods == "all" ? "lora" : o.methods;
  const RunInputs inputs = inputsFor(
      o,
      chooseMethods({method}, "quick", {}, describeModel(basePath(o.base)).layout, dataset->freeAnswers())
          .front(),
      dataset);
  if (o.rung >= 0) {
    output.line(
        formatShortest(measureRung(inputs, static_cast<std::size_t>(o.rung), o.seconds).examplesPerSecond));
    return kOk;
  }
  std::vector<Rung> rungs;
  const std::vector<std::string> names = rungNames(inputs);
  for (std::size_t i = 0; i < names.size(); ++i) {
    rungs.push_back(measureRung(inputs, i, o.seconds));
    output.say(names[i] + ": " + rateText(rungs.back().examplesPerSecond) + " examples a second");
  }
  const int workers = workerCount(o.workers);
  if (workers > 1)
    rungs.push_back(
        {"a process a core (" + std::to_string(workers) + ")", together(o, names.size() - 1, workers)});
  rungs.push_back(
      {"the floor of " + std::to_string(workers) + " cores", workers * floorExamplesPerSecond(inputs)});
  std::vector<std::vector<std::string>> rows{{"step", "examples/s", "times", "times the one before"}};
  Json steps = Json::array();
  for (std::size_t i = 0; i < rungs.size(); ++i) {
    const double ratio = rungs[i].examplesPerSecond / rungs.front().examplesPerSecond;
    const double before = rungs[i].examplesPerSecond / rungs[i > 0 ? i - 1 : 0].examplesPerSecond;
    steps.push(Json()
                   .set("name", rungs[i].name)
                   .set("examples_per_second", rungs[i].examplesPerSecond)
                   .set("ratio", ratio));
    rows.push_back(
        {rungs[i].name, rateText(rungs[i].examplesPerSecond), formatFixed(ratio, 2), formatFixed(before, 2)});
  }
  output.line(textTable(rows, {false, true, true, true}));
  std::vector<std::vector<std::string>> beside{{"beside it", "times"}};
  Json gains = Json::array();
  for (const auto& [name, times] : measureGains(inputs, o.seconds)) {
    beside.push_back({name, formatFixed(times, 2)});
    gains.push(Json().set("name", name).set("ratio", times));
  }
  output.line(textTable(beside, {false, true}));
  if (output.json)
    output.document("attune.bench/1", Json().set("steps", std::move(steps)).set("gains", std::move(gains)));
  return kOk;
}

struct NoiseOptions {
  std::string project;
  std::int64_t study = 0, group = 3;
};

int benchNoise(const NoiseOptions& o, const Output& output) {
  Store store(o.project, OpenMode::kReadOnly);
  const Comparison comparison = Comparison::load(store, chosenStudy(store, o.study));
  const auto list = compareWithThemselves(comparison, static_cast<std::size_t>(o.group));
  if (list.empty())
    throw Error(
        ErrorKind::kInvalidInput, "no method of the study has two groups of seeds",
        "Run it with --seeds " + std::to_string(2 * o.group) + " or more, or give a smaller --group.");
  std::vector<std::vector<std::string>> rows{
      {"method", "seeds", "against", "accuracy", "against", "difference (corrected)", "p", "word"}};
  Json pairs = Json::array();
  int alarms = 0;
  const auto seedsText = [](const std::vector<std::uint64_t>& seeds) {
    return std::to_string(seeds.front()) + "–" + std::to_string(seeds.back());
  };
  for (const SelfComparison& s : list) {
    alarms += s.word == PairWord::kBetter || s.word == PairWord::kWorse;
    rows.push_back({s.title, seedsText(s.seedsA), seedsText(s.seedsB), percentText(s.meanA),
                    percentText(s.meanB), pointsIntervalText(s.corrected.low, s.corrected.high),
                    probabilityText(s.p), pairWordText(s.word)});
    pairs.push(Json()
                   .set("title", s.title)
                   .set("mean_a", s.meanA)
                   .set("mean_b", s.meanB)
                   .set("low", s.corrected.low)
                   .set("high", s.corrected.high)
                   .set("p", s.p)
                   .set("word", pairWordName(s.word)));
  }
  output.line(textTable(rows, {false, true, true, true, true, true, true, false}));
  output.line(std::to_string(alarms) + " of " + std::to_string(list.size()) +
              " comparisons of a method with itself say better or worse; by chance it is 5 % at most.");
  if (output.json)
    output.document("attune.bench/1",
                    Json().set("false_alarms", alarms).set("self_comparisons", std::move(pairs)));
  return kOk;
}

}  // namespace

void addBenchCommands(CLI::App& app, Action& action) {
  CLI::App* bench = addCommand(
      app, "bench", "Measure how fast this computer trains, and how far its verdicts can be trusted.",
      "attune-cli bench ladder");
  bench->require_subcommand(1);
  const auto add = [&](const char* name, const char* summary, const char* example, const char* methods,
                       int (*run)(const BenchOptions&, const Output&)) {
    CLI::App* command = addCommand(*bench, name, summary, example);
    const auto o = std::make_shared<BenchOptions>();
    command->add_option("--base", o->base, "'bundled' or a model folder");
    command->add_option("--data", o->data, "File with texts and labels (default: the sample)");
    command->add_option("--methods", o->methods, methods);
    command->add_option("--rows", o->rows, "Training rows used");
    command->add_option("--batch-size", o->batch, "Examples a step");
    command->add_option("--seconds", o->seconds, "Time of each measurement");
    command->add_option("--workers", o->workers, "Processes at the same time; 0: one a core");
    command->add_option("--rung", o->rung, "Only this step, as a number")->group("");
    o->dataOptions.addTo(*command);
    command->callback([=, &action] {
      action = [=](const Output& output) {
        restartWithBetterBlasKernels();
        keepFreedPages();  // as the workers do
        return run(*o, output);
      };
    });
  };
  add("ladder", "What each gain in speed brings, on top of those before it.",
      "attune-cli bench ladder --base bundled", "The method (default: lora)", benchLadder);
  add("methods", "Speed and efficiency of each method's training steps.",
      "attune-cli bench methods --base bundled", "Names with commas between, or all", benchMethods);

  CLI::App* noise =
      addCommand(*bench, "noise", "How often a method is called better than itself with other seeds.",
                 "attune-cli bench noise --project p.attune --group 3");
  const auto n = std::make_shared<NoiseOptions>();
  noise->add_option("--project", n->project, "Project file")->required();
  noise->add_option("--study", n->study, "Number of the study (default: the newest)");
  noise->add_option("--group", n->group, "Seeds of each side")->check(CLI::PositiveNumber);
  noise->callback([=, &action] { action = [=](const Output& output) { return benchNoise(*n, output); }; });
}

}  // namespace attune
