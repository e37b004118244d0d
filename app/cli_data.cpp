#include <algorithm>
#include <map>

#include "app/cli_commands.h"
#include "core/base/text.h"
#include "core/data/import.h"
#include "core/run/dataset_store.h"

namespace attune {

void DataOptions::addTo(CLI::App& command) {
  command.add_option("--name", name, "Name of the dataset (default: the file's)");
  command.add_option("--text", textColumn, "Column that holds the text");
  command.add_option("--label", labelColumn, "Column that holds the label");
  command.add_option("--valid", validationFile, "File with the validation rows");
  command.add_option("--test", testFile, "File with the test rows");
  command.add_option("--split", split,
                     "Train/validation/test in percent, for splits that no file is given for");
  command.add_option("--encoding", encoding, "utf-8, windows-1252, utf-16le, utf-16be");
  command.add_option("--task", task, "What the label column holds: labels or answers; default: found out");
  command.add_option("--delimiter", delimiter, "Character between columns; 'tab' for a tab");
}

ImportOptions importOptions(const DataOptions& options) {
  ImportOptions result;
  result.name = options.name;
  result.textColumn = options.textColumn;
  result.labelColumn = options.labelColumn;
  result.validationFile = options.validationFile;
  result.testFile = options.testFile;
  result.ratios = parseSplitRatios(options.split);
  result.table.encoding = options.encoding;
  result.task = parseImportTask(options.task);
  if (options.delimiter == "tab" || options.delimiter == "\\t")
    result.table.delimiter = '\t';
  else if (options.delimiter.size() == 1)
    result.table.delimiter = options.delimiter.front();
  else if (!options.delimiter.empty())
    throw Error(ErrorKind::kUsage, "--delimiter cannot be '" + options.delimiter + "'",
                "Give one character, or 'tab'.");
  return result;
}

namespace {

// "labels: a, b" or how many different answers there are.
std::string labelsText(const Dataset& data) {
  constexpr std::ptrdiff_t kShown = 20;
  const auto& labels = data.labels();
  const auto count = static_cast<std::ptrdiff_t>(labels.size());
  if (data.freeAnswers()) return std::to_string(count) + " different answers";
  const std::vector<std::string> shown(labels.begin(), labels.begin() + std::min(count, kShown));
  return "labels: " + joinText(shown, ", ") +
         (count > kShown ? " and " + std::to_string(count - kShown) + " more" : "");
}

Json datasetJson(const Dataset& data, DatasetId id) {
  Json splits = Json::object();
  for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest})
    splits.set(splitName(split), static_cast<std::int64_t>(data.rows(split).size()));
  return Json()
      .set("id", id.value)
      .set("name", data.name())
      .set("hash", data.hash())
      .set("rows", static_cast<std::int64_t>(data.examples().size()))
      .set("labels", Json::list(data.labels()))
      .set("splits", std::move(splits));
}

// Says the findings, then throws when there is no value because of an error among them.
template <typename T>
void requireValue(const Result<T>& result, const Output& output) {
  if (result) return;
  for (const Diagnostic& d : result.diagnostics)
    if (d.severity != Severity::kError) output.diagnostics({d});
  throwFirstError(result.diagnostics);
}

int import(const Output& output, const std::string& file, const std::string& project,
           const DataOptions& options) {
  const Result<ImportedDataset> imported = importDataset(file, importOptions(options));
  requireValue(imported, output);
  output.diagnostics(imported.diagnostics);
  Store store(project, OpenMode::kCreateOrOpen);
  const DatasetId id = saveDataset(store, *imported.value, imported.diagnostics);
  const Dataset& data = imported.value->dataset;
  if (output.json) {
    output.document("attune.import/1", Json()
                                           .set("dataset", datasetJson(data, id))
                                           .set("import", imported.value->info)
                                           .set("diagnostics", toJson(imported.diagnostics)));
    return kOk;
  }
  output.line(data.name() + ": " + std::to_string(data.examples().size()) + " rows (train " +
              std::to_string(data.rows(Split::kTrain).size()) + ", validation " +
              std::to_string(data.rows(Split::kValidation).size()) + ", test " +
              std::to_string(data.rows(Split::kTest).size()) + "), " + labelsText(data));
  return kOk;
}

int check(const Output& output, const std::string& file, const DataOptions& options) {
  // A file whose columns cannot be guessed is still read and described.
  const Result<Table> table = readTable(file, importOptions(options).table);
  requireValue(table, output);
  const bool columnsKnown = (table.value->textColumn >= 0 || !options.textColumn.empty()) &&
                            (table.value->labelColumn >= 0 || !options.labelColumn.empty());
  Json counts = Json()
                    .set("rows", static_cast<std::int64_t>(table.value->rows.size()))
                    .set("rows_left_out", table.value->rowsLeftOut)
                    .set("columns", Json::list(table.value->columns))
                    .set("delimiter", std::string(1, table.value->delimiter))
                    .set("encoding", table.value->encoding);
  std::vector<Diagnostic> findings = table.diagnostics;
  if (columnsKnown) {
    const Result<ImportedDataset> imported = importDataset(file, importOptions(options));
    requireValue(imported, output);
    findings = imported.diagnostics;
    const Dataset& data = imported.value->dataset;
    counts.set("usable_rows", static_cast<std::int64_t>(data.examples().size()));
    Json labels = Json::object();
    std::map<std::int64_t, std::int64_t> byLabel;
    for (const Example& e : data.examples()) ++byLabel[e.label];
    for (const auto& [label, count] : byLabel)
      labels.set(data.labels()[static_cast<std::size_t>(label)], count);
    counts.set("labels", std::move(labels));
  }
  if (output.json) {
    output.document("attune.check/1",
                    Json().set("diagnostics", toJson(findings)).set("counts", std::move(counts)));
    return kOk;
  }
  output.line(file + ": " + std::to_string(table.value->rows.size()) + " rows, " +
              std::to_string(table.value->rowsLeftOut) + " left out, columns " +
              joinText(table.value->columns, ", "));
  for (const Diagnostic& d : findings) {
    output.line(std::string(severityName(d.severity)) + ": " + d.message);
    if (!d.hint.empty()) output.line("  " + d.hint);
  }
  if (findings.empty()) output.line("nothing to remark");
  return kOk;
}

}  // namespace

void addDataCommands(CLI::App& app, Action& action) {
  {
    CLI::App* command =
        addCommand(app, "import", "Read a CSV, TSV, JSONL or JSON file, check it and store it.",
                   "attune-cli import reviews.csv --project reviews.attune");
    const auto file = std::make_shared<std::string>();
    const auto project = std::make_shared<std::string>();
    const auto options = std::make_shared<DataOptions>();
    command->add_option("file", *file, "The data")->required();
    command->add_option("--project", *project, "Project file, made when it does not exist")->required();
    options->addTo(*command);
    command->callback([=, &action] {
      action = [=](const Output& output) { return import(output, *file, *project, *options); };
    });
  }
  {
    CLI::App* command = addCommand(app, "check", "Look for duplicates, conflicts, overlap and broken rows.",
                                   "attune-cli check reviews.csv");
    const auto file = std::make_shared<std::string>();
    const auto options = std::make_shared<DataOptions>();
    command->add_option("file", *file, "The data")->required();
    options->addTo(*command);
    command->callback(
        [=, &action] { action = [=](const Output& output) { return check(output, *file, *options); }; });
  }
}

}  // namespace attune
