#include "core/run/dataset_store.h"

#include "core/base/error.h"

namespace attune {

Json toJson(const std::vector<Diagnostic>& diagnostics) {
  Json list = Json::array();
  for (const Diagnostic& d : diagnostics)
    list.push(Json()
                  .set("severity", severityName(d.severity))
                  .set("rule", d.rule)
                  .set("message", d.message)
                  .set("hint", d.hint)
                  .set("file", d.file)
                  .set("row", d.row)
                  .set("rows", Json::list(d.rows)));
  return list;
}

std::vector<Diagnostic> diagnosticsFromJson(const Json& json) {
  std::vector<Diagnostic> diagnostics;
  if (!json.isArray()) return diagnostics;
  for (const Json& item : json.items()) {
    Diagnostic d;
    const std::string severity = item.stringOr("severity", "warning");
    d.severity = severity == "info"    ? Severity::kInfo
                 : severity == "error" ? Severity::kError
                                       : Severity::kWarning;
    d.rule = item.stringOr("rule", "");
    d.message = item.stringOr("message", "");
    d.hint = item.stringOr("hint", "");
    d.file = item.stringOr("file", "");
    d.row = item.intOr("row", -1);
    if (const Json* rows = item.find("rows"))
      for (const Json& row : rows->items()) d.rows.push_back(row.asInt());
    diagnostics.push_back(std::move(d));
  }
  return diagnostics;
}

DatasetId saveDataset(Store& store, const ImportedDataset& imported,
                      const std::vector<Diagnostic>& diagnostics) {
  const Dataset& data = imported.dataset;
  DatasetRecord record;
  record.name = data.name();
  record.source = imported.info.stringOr("source", "");
  record.hash = data.hash();
  record.splitHash = data.splitHash();
  record.labels = data.labels();
  record.extraColumns = imported.extraColumns;
  record.freeAnswers = data.freeAnswers();
  record.diagnostics = toJson(diagnostics);
  record.importInfo = imported.info;
  std::vector<StoredExample> examples;
  for (std::size_t i = 0; i < data.examples().size(); ++i) {
    const Example& e = data.examples()[i];
    const auto row = static_cast<std::int64_t>(i);
    const std::string split = splitName(data.splitOf(row));
    ++record.splitSizes[split];
    examples.push_back({row, e.line, split, e.text, e.label, {}});
    if (i < imported.extra.size()) examples.back().extra = imported.extra[i];
  }
  return store.addDataset(record, examples);
}

std::shared_ptr<const Dataset> loadDataset(Store& store, DatasetId id) {
  const DatasetRecord record = store.dataset(id);
  std::vector<Example> examples;
  std::vector<Split> splits;
  for (StoredExample& e : store.examples(id)) {
    examples.push_back({std::move(e.text), e.label, e.line});
    splits.push_back(splitFromName(e.split));
  }
  auto data = std::make_shared<Dataset>(record.name, record.labels, std::move(examples), std::move(splits),
                                        record.freeAnswers);
  if (data->hash() != record.hash || data->splitHash() != record.splitHash)
    throw Error(ErrorKind::kInvalidInput,
                store.path() + ": the rows of dataset '" + record.name +
                    "' do not have the hash they were stored with",
                "The project file was changed outside Attune: import the data again.")
        .inFile(store.path());
  return data;
}

std::shared_ptr<const Dataset> loadDataset(Store& store, const std::string& hash,
                                           const std::string& splitHash) {
  for (const DatasetRecord& record : store.datasets())
    if (record.hash == hash && record.splitHash == splitHash) return loadDataset(store, record.id);
  throw Error(ErrorKind::kNotFound, store.path() + ": the dataset of this run is not in the project",
              "Import the data again.");
}

}  // namespace attune
