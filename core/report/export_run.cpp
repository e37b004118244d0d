#include "core/report/export_run.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <system_error>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/base/text.h"
#include "core/report/comparison.h"
#include "core/report/number_text.h"

namespace attune {
namespace {

namespace fs = std::filesystem;

// The newest study that the run belongs to.
std::optional<Study> studyOf(Store& store, RunId id) {
  std::vector<Study> studies = store.studies();
  for (auto study = studies.rbegin(); study != studies.rend(); ++study)
    for (const Run& run : store.runs(study->id))
      if (run.id == id) return *study;
  return std::nullopt;
}

std::string percentWithInterval(double share, Interval interval) {
  return percentText(share) + " (95 %: " + percentText(interval.low) + " to " + percentText(interval.high) +
         ")";
}

// In YAML between double quotes.
std::string quoted(const std::string& text) {
  return "\"" + replaceAll(replaceAll(text, "\\", "\\\\"), "\"", "\\\"") + "\"";
}

// In a cell of a Markdown table.
std::string cell(const std::string& text) {
  return replaceAll(replaceAll(replaceAll(text, "|", "\\|"), "\n", " "), "<", "&lt;");
}

void addScores(std::string& card, Store& store, const Run& run, const std::optional<Study>& study) {
  const std::vector<Prediction> answers = store.predictions(run.id, kTestSplit);
  std::int64_t right = 0;
  for (const Prediction& p : answers) right += p.predicted == p.label;
  if (!answers.empty()) {
    const auto total = static_cast<std::int64_t>(answers.size());
    card +=
        "\nRight on the test split: " + wholeText(right) + " of " + wholeText(total) + ", " +
        percentWithInterval(static_cast<double>(right) / static_cast<double>(total), wilson(right, total)) +
        ".\n";
  }
  if (!study) return;
  const Comparison comparison = Comparison::load(store, study->id);
  for (const Configuration& c : comparison.configurations) {
    if (std::find(c.runs.begin(), c.runs.end(), run.id) == c.runs.end() || c.n() < 2) continue;
    std::vector<std::string> others;
    for (std::size_t i = 0; i < c.seeds.size(); ++i)
      others.push_back("seed " + std::to_string(c.seeds[i]) + " " + percentText(c.accuracies[i]));
    card += "\nOver " + std::to_string(c.n()) + " seeds: " + percentWithInterval(c.mean, {c.low, c.high}) +
            "; " + joinText(others, ", ") + ".\n";
  }
}

}  // namespace

std::string modelCard(Store& store, const Run& run) {
  const std::optional<Study> study = studyOf(store, run.id);
  const std::string title = study ? study->titleOf(run.spec) : run.spec.method;
  std::optional<DatasetRecord> data;
  for (const DatasetRecord& record : store.datasets())
    if (record.hash == run.spec.datasetHash && record.splitHash == run.spec.splitHash) data = record;
  const bool isPeft = std::any_of(run.artifacts.begin(), run.artifacts.end(), [](const Artifact& a) {
    return fs::path(a.path).filename() == "adapter_config.json";
  });

  std::string card = "---\nbase_model: " + quoted(run.spec.base.name) + "\n";
  if (isPeft) card += "library_name: peft\n";
  card += "tags:\n- attune\n- " + run.spec.method + "\n---\n\n";
  card += "# " + title + (data ? " on " + cell(data->name) : "") + "\n\n";
  card += "Tuned with Attune " ATTUNE_VERSION " from the base model " + cell(run.spec.base.name) +
          " (SHA-256 " + run.spec.base.hash +
          "), which it needs unless this is a whole model.\n\n## Results\n";
  addScores(card, store, run, study);
  card += "\nTrained numbers: " + wholeText(run.cost.trainableParameters) + ". Training took " +
          durationText(run.cost.knownTrainSeconds()) + ".\n";
  if (!run.findings.empty()) {
    card += "\nWhat to know about this training:\n\n";
    for (const RunFinding& finding : run.findings) card += "- " + finding.text + "\n";
  }

  card += "\n## Data\n\n";
  if (data) {
    const auto rows = [&](const char* split) {
      const auto found = data->splitSizes.find(split);
      return wholeText(found == data->splitSizes.end() ? 0 : found->second);
    };
    card += "‘" + cell(data->name) + "’: " + rows(kTrainSplit) + " rows for training, " +
            rows(kValidationSplit) + " for validation, " + rows(kTestSplit) + " for the test; SHA-256 " +
            data->hash + ", of the split " + data->splitHash + ".\n";
    if (!data->freeAnswers) {
      std::vector<std::string> labels;
      for (const std::string& label : data->labels) labels.push_back(cell(label));
      card += "\nLabels: " + joinText(labels, ", ") + ".\n";
    }
  }
  if (run.spec.budget.trainRows > 0)
    card += "\nAt most " + wholeText(run.spec.budget.trainRows) + " training rows were used.\n";

  card +=
      "\n## Settings\n\n| setting | value |\n|---|---|\n| seed | " + std::to_string(run.spec.seed) + " |\n";
  for (const auto& [name, value] : run.spec.params.values())
    card += "| " + name + " | " + cell(formatParamValue(value)) + " |\n";
  if (run.cost.learningRate > 0 && !run.cost.search.empty())
    card += "| learning rate that the search kept | " + formatShortest(run.cost.learningRate) + " |\n";

  card +=
      "\n## Use\n\n`prompt.json` says how the model is asked: the template, the label words and the "
      "examples.\n\n"
      "    attune-cli predict --base BASE --adapter THIS_FOLDER --data texts.csv\n";
  if (study && !study->repeatCommand.empty())
    card += "\n## Repeat\n\n    " + replaceAll(study->repeatCommand, "\n", "\n    ") + "\n";
  return card;
}

std::vector<WrittenFile> exportRun(Store& store, RunId id, const std::string& folder) {
  const Run run = store.run(id);
  const std::string name = "run " + std::to_string(id.value);
  if (!hasResult(run.state) || run.artifacts.empty())
    throw Error(
        ErrorKind::kUsage,
        name + " (" + run.spec.method + ") is " + runStateName(run.state) + " and has nothing to export",
        "Take a finished run: attune-cli list --project FILE.");
  const fs::path out(folder);
  std::error_code ignored;
  if (fs::exists(out, ignored) && !(fs::is_directory(out, ignored) && fs::is_empty(out, ignored)))
    throw Error(ErrorKind::kUsage, folder + ": there is something in it already",
                "Choose a folder that is empty or not there yet.")
        .inFile(folder);
  for (const Artifact& artifact : run.artifacts) {
    const fs::path from = fs::path(store.filesFolder()) / artifact.path;
    if (!fs::exists(from))
      throw Error(ErrorKind::kNotFound, from.string() + ": the file of " + name + " is missing",
                  "Queue the run again: attune-cli resume.")
          .inFile(from.string());
    if (sha256File(from.string()) != artifact.sha256)
      throw Error(ErrorKind::kInvalidInput,
                  from.string() + ": the file of " + name + " is not what the run wrote",
                  "Run it again, or get the file back from a copy.")
          .inFile(from.string());
  }
  fs::create_directories(out);
  std::vector<WrittenFile> files;
  const auto written = [&](const fs::path& path) {
    files.push_back({path.string(), fileSize(path.string()), sha256File(path.string())});
  };
  for (const Artifact& artifact : run.artifacts) {
    const fs::path to = out / fs::path(artifact.path).filename();
    copyFileAtomically((fs::path(store.filesFolder()) / artifact.path).string(), to.string());
    written(to);
  }
  const fs::path card = out / "README.md";
  writeFileAtomically(card.string(), modelCard(store, run));
  written(card);
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

}  // namespace attune
