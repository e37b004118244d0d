#include "app/cli_study.h"

#include <filesystem>

#include "app/cli_base.h"
#include "app/services.h"
#include "core/base/text.h"
#include "core/data/import.h"
#include "core/method/catalog.h"
#include "core/run/dataset_store.h"
#include "core/run/estimate.h"
#include "core/run/memory.h"
#include "core/run/usable_base.h"

namespace attune {
namespace {

// A dataset of the project by name, or a file that is imported now. Nothing is written, and no project made,
// when there is neither.
DatasetRecord findOrImport(std::optional<Store>& store, const StudyOptions& o, const Output& output) {
  if (std::filesystem::exists(o.project)) {
    store.emplace(o.project, OpenMode::kOpen);
    if (const auto known = store->findDataset(o.data)) return *known;
  }
  if (!std::filesystem::exists(o.data)) {
    std::vector<std::string> names;
    if (store)
      for (const DatasetRecord& record : store->datasets()) names.push_back(record.name);
    throw Error(ErrorKind::kNotFound, "there is no dataset or file '" + o.data + "'",
                names.empty() ? "Import one first: attune-cli import FILE --project " + o.project + "."
                              : "Datasets of the project: " + joinText(names, ", ") + ".");
  }
  const Result<ImportedDataset> imported = importDataset(o.data, importOptions(o.dataOptions));
  output.diagnostics(imported.diagnostics);
  if (!imported) throwFirstError(imported.diagnostics);
  if (!store) store.emplace(o.project, OpenMode::kCreateOrOpen);
  return store->dataset(saveDataset(*store, *imported.value, imported.diagnostics));
}

}  // namespace

void StudyOptions::addTo(CLI::App& command) {
  command.add_option("--project", project, "Project file, made when it does not exist")->required();
  command.add_option("--data", data, "Dataset of the project, or a file")->required();
  command.add_option("--base", base, "'bundled' or a model folder");
  command.add_option("--methods", methods, "Names with commas between, or all (default: the usual ones)");
  command.add_option("--preset", preset, "quick, standard or thorough");
  command.add_option("--seeds", seeds, "Seeds of each method (default: the preset's)");
  command.add_option("--set", settings, "METHOD.PARAM=VALUE; METHOD may be 'all'")->take_all();
  command.add_option("--max-steps", maxSteps, "Step limit of every run");
  command.add_option("--train-rows", trainRows, "Training rows used");
  command.add_option("--search", search,
                     "Learning rates that every trained method tries, the best by validation kept");
  command.add_option("--workers", workers, "Runs at the same time; 0: one a core");
  command.add_option("--device", device, "Device to compute on");
  command.add_option("--smallest-gap", smallestGap, "Smallest difference of accuracy that matters, 0-1");
  dataOptions.addTo(command);
}

StudyRequest studyRequest(const StudyOptions& o, const std::string& names, std::optional<Store>& opened,
                          const Output& output) {
  // What can be wrong with the command line and the base is found before anything is written.
  StudyRequest request;
  request.preset = o.preset;
  const std::vector<std::string> chosen = splitList(names);
  const std::string base = basePath(o.base);
  request.methods = chooseMethods(chosen, o.preset, o.settings, describeModel(base).layout);
  request.seeds = o.seeds > 0 ? o.seeds : presetSeeds(o.preset);
  if (o.device != "cpu")
    throw Error(ErrorKind::kUnsupported, "device '" + o.device + "' is not available in this build",
                "Choose the device cpu.");
  importOptions(o.dataOptions);
  request.base = usableBase(base);
  request.base.name = baseName(request.base.path);
  request.dataset = findOrImport(opened, o, output);
  // Free answers rule out some methods, which is known only now.
  if (request.dataset.freeAnswers)
    request.methods = chooseMethods(chosen, o.preset, o.settings, request.base.layout, true);
  opened->markInterrupted();
  if (o.search < 0 || o.search > kMaxSearchTrials)
    throw Error(ErrorKind::kUsage,
                "--search takes 0 to " + std::to_string(kMaxSearchTrials) + " learning rates",
                "Without it every method uses its own.");
  request.budget = {o.maxSteps, o.trainRows, o.search};
  request.device = o.device;
  request.smallestGap = o.smallestGap;
  request.projectPath = o.project;
  return request;
}

void requireFits(Store& store, const Study& study, const StudyRequest& request, const StudyOptions& o) {
  const std::string problem =
      whatDoesNotFit(estimateStudy(study, *loadDataset(store, request.dataset.id), request.base, kAnySpeed,
                                   o.workers > 0 ? o.workers : 1),
                     freeMemoryBytes(), freeDiskBytes(o.project));
  if (!problem.empty()) throw Error(ErrorKind::kUsage, "this does not fit: " + problem, "");
}

}  // namespace attune
