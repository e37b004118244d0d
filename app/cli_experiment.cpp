#include <filesystem>
#include <memory>

#include "app/cli_base.h"
#include "app/cli_commands.h"
#include "app/cli_queue.h"
#include "app/cli_study.h"
#include "app/services.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/method/catalog.h"
#include "core/report/experiment_judge.h"
#include "core/report/number_text.h"
#include "core/run/host.h"
#include "core/run/plan_experiment.h"

namespace attune {
namespace {

struct ExperimentOptions : StudyOptions {
  std::string name, sizes, picture;
  bool dryRun = false;
};

std::vector<std::int64_t> numbers(const std::string& list) {
  std::vector<std::int64_t> values;
  for (const std::string& item : splitList(list)) {
    const auto value = parseInt(item);
    if (!value || *value < 1)
      throw Error(ErrorKind::kUsage, "'" + item + "' is not a number of training rows",
                  "Write --sizes 8,32,128.");
    values.push_back(*value);
  }
  return values;
}

int listExperiments(const Output& output) {
  Json list = Json::array();
  for (const ExperimentInfo& info : experimentCatalog()) {
    output.line(info.name + "\n  “" + info.claim + "”\n  " + info.summary);
    list.push(Json()
                  .set("name", info.name)
                  .set("title", info.title)
                  .set("claim", info.claim)
                  .set("summary", info.summary)
                  .set("methods", info.methods));
  }
  if (output.json) output.document("attune.experiments/1", Json().set("experiments", std::move(list)));
  return kOk;
}

// Those of the experiment's methods that this base allows.
std::string usualMethods(const ExperimentInfo& info, Layout layout) {
  std::vector<std::string> names;
  for (const std::string& name : splitList(info.methods))
    if (methodRefusal(methodInfo(name), layout).empty()) names.push_back(name);
  return joinText(names, ",");
}

// Without --data the project's newest dataset.
std::string chosenData(const ExperimentOptions& o) {
  if (!o.data.empty()) return o.data;
  if (std::filesystem::exists(o.project))
    if (const auto all = Store(o.project, OpenMode::kReadOnly).datasets(); !all.empty())
      return all.back().name;
  throw Error(ErrorKind::kUsage, "there is no data to run the experiment on", "Add --data with a file.");
}

int experiment(ExperimentOptions o, const Output& output) {
  const ExperimentInfo& info = experimentInfo(o.name);
  const std::vector<std::int64_t> sizes = numbers(o.sizes);
  o.data = chosenData(o);
  const Layout layout = describeModel(basePath(o.base)).layout;
  if (!o.dryRun) startChildAhead(findWorkerProgram());
  std::optional<Store> opened;
  const StudyRequest request =
      studyRequest(o, o.methods.empty() ? usualMethods(info, layout) : o.methods, opened, output);
  Store& store = *opened;
  std::vector<Study> arms = planExperiment({o.name, request, sizes});
  std::size_t runs = 0;
  for (const Study& arm : arms) {
    if (o.dryRun) {
      output.line(arm.name + ":");
      for (const RunSpec& spec : expand(arm))
        output.line("  " + arm.titleOf(spec) + ", seed " + std::to_string(spec.seed));
    }
    runs += expand(arm).size();
  }
  if (o.dryRun) {
    if (output.json)
      output.document("attune.experiment_plan/1", Json()
                                                      .set("arms", static_cast<std::int64_t>(arms.size()))
                                                      .set("runs", static_cast<std::int64_t>(runs)));
    return kOk;
  }
  requireFits(store, arms.back(), request, o);
  std::vector<RunId> ids;
  for (Study& arm : arms) {
    arm.id = store.addStudy(arm);
    for (const RunId id : store.addRuns(arm.id, expand(arm))) ids.push_back(id);
  }
  output.say("experiment " + info.name + ": " + std::to_string(arms.size()) +
             (arms.size() == 1 ? " study, " : " studies, ") + std::to_string(ids.size()) + " runs on " +
             request.dataset.name + " with " + request.base.name);
  const bool interrupted = workThrough(store, ids, o.workers, output);
  std::vector<Run> done;
  for (const RunId id : ids) done.push_back(store.run(id));
  const bool undone = sayUndone(done, output);
  const Claim claim = judgeExperiment(store, arms);
  if (!o.picture.empty()) writeFileAtomically(o.picture, pictureSvg(claim.picture));
  output.line("“" + claim.text + "”\n  " + claimWordText(claim.word) + ". " + claim.effect + "\n  " +
              claim.why);
  if (output.json) {
    const Json card = claimsToJson({claim}).items().front();
    Json points = Json::array();
    if (const Json* picture = card.find("picture"))
      for (const Json& series : picture->at("series").items())
        for (const Json& point : series.at("points").items()) {
          Json copy = point;
          points.push(copy.set("series", series.at("title").asString()));
        }
    Json studies = Json::array();
    for (const StudyId id : claim.studies) studies.push(id.value);
    output.document("attune.experiment/1",
                    Json().set("experiment", Json()
                                                 .set("name", info.name)
                                                 .set("claim", claim.text)
                                                 .set("verdict", claimWordName(claim.word))
                                                 .set("effect", claim.number.value)
                                                 .set("low", claim.number.low)
                                                 .set("high", claim.number.high)
                                                 .set("unit", claim.unit)
                                                 .set("text", claim.effect)
                                                 .set("why", claim.why)
                                                 .set("studies", std::move(studies))
                                                 .set("points", std::move(points))));
  }
  return interrupted ? kInterruptedByUser : undone ? kFailed : kOk;
}

}  // namespace

void addExperimentCommands(CLI::App& app, Action& action) {
  addCommand(app, "experiments", "List the named experiments and the claims that they measure.",
             "attune-cli experiments")
      ->callback([&action] { action = [](const Output& output) { return listExperiments(output); }; });
  CLI::App* command =
      addCommand(app, "experiment", "Measure a claim: one of the named experiments.",
                 "attune-cli experiment data_efficiency --project reviews.attune --data reviews.csv");
  const auto o = std::make_shared<ExperimentOptions>();
  command->add_option("experiment", o->name, "Its name; see attune-cli experiments")->required();
  o->addTo(*command);
  command->get_option("--data")->required(false);
  command->add_option("--sizes", o->sizes, "Training rows of a learning curve, with commas between");
  command->add_option("--picture", o->picture, "Write the card's picture to this SVG file");
  command->add_flag("--dry-run", o->dryRun, "Only list the studies and runs");
  command->callback([=, &action] { action = [=](const Output& output) { return experiment(*o, output); }; });
}

}  // namespace attune
