#include "core/store/dataset_table.h"

#include <map>

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/store/query.h"

namespace attune {
namespace {

#define ATTUNE_DATASET_COLUMNS                                                                             \
  "SELECT id, name, source, hash, split_hash, labels, split_sizes, diagnostics, import_info, created_ms, " \
  "extra_columns FROM datasets "

DatasetRecord readRecord(const Query& query) {
  DatasetRecord record;
  record.id = {query.integer(0)};
  record.name = query.text(1);
  record.source = query.text(2);
  record.hash = query.text(3);
  record.splitHash = query.text(4);
  const std::string what = "dataset " + std::to_string(record.id.value);
  record.labels = parseJson(query.text(5), what + ", labels").texts();
  const Json sizes = parseJson(query.text(6), what + ", split sizes");
  for (const auto& [split, size] : sizes.members()) record.splitSizes[split] = size.asInt();
  record.diagnostics = parseJson(query.text(7), what + ", diagnostics");
  record.importInfo = parseJson(query.text(8), what + ", import");
  record.freeAnswers = record.importInfo.isObject() && record.importInfo.stringOr("task", "") == "answers";
  record.createdMs = query.integer(9);
  record.extraColumns = parseJson(query.text(10), what + ", extra columns").texts();
  return record;
}

Json splitSizesToJson(const std::map<std::string, std::int64_t>& sizes) {
  Json json = Json::object();
  for (const auto& [split, size] : sizes) json.set(split, size);
  return json;
}

void checkExamples(const DatasetRecord& record, const std::vector<StoredExample>& examples) {
  const auto labels = static_cast<std::int64_t>(record.labels.size());
  for (const StoredExample& example : examples)
    if (example.label < 0 || example.label >= labels)
      throw Error(ErrorKind::kInvalidInput,
                  "dataset '" + record.name + "', row " + std::to_string(example.row) + ": label number " +
                      std::to_string(example.label) + " does not exist, there are " + std::to_string(labels) +
                      " labels")
          .inFile(record.source)
          .atRow(example.line);
}

// From now on the name means this dataset, also when it meant another one before.
void giveName(Database& database, DatasetId id, const std::string& name) {
  Query(database, "INSERT OR REPLACE INTO dataset_names (name, dataset_id) VALUES (?, ?)", name, id).run();
}

}  // namespace

DatasetId addDataset(Database& database, const DatasetRecord& record,
                     const std::vector<StoredExample>& examples) {
  checkExamples(record, examples);
  Transaction transaction(database);
  {
    Query known(database, "SELECT id FROM datasets WHERE hash = ? AND split_hash = ?", record.hash,
                record.splitHash);
    if (known.next()) {
      const DatasetId id{known.integer(0)};
      giveName(database, id, record.name);
      // The same texts and labels may come with other columns now.
      if (!record.extraColumns.empty()) {
        Query(database, "UPDATE datasets SET extra_columns = ? WHERE id = ?",
              Json::list(record.extraColumns).dump(), id)
            .run();
        Query update(database, "UPDATE examples SET extra = ? WHERE dataset_id = ? AND row = ?");
        for (const StoredExample& example : examples)
          update.run(Json::list(example.extra).dump(), id, example.row);
      }
      transaction.commit();
      return id;
    }
  }
  // Counted here, so that the sizes always agree with the rows.
  std::map<std::string, std::int64_t> sizes = record.splitSizes;
  if (!examples.empty()) {
    for (auto& [split, size] : sizes) size = 0;
    for (const StoredExample& example : examples) ++sizes[example.split];
  }
  Query(
      database,
      "INSERT INTO datasets (name, source, hash, split_hash, labels, split_sizes, diagnostics, import_info, "
      "created_ms, extra_columns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      record.name, record.source, record.hash, record.splitHash, Json::list(record.labels).dump(),
      splitSizesToJson(sizes).dump(), record.diagnostics.dump(), record.importInfo.dump(),
      record.createdMs != 0 ? record.createdMs : utcMilliseconds(), Json::list(record.extraColumns).dump())
      .run();
  const DatasetId id{database.lastId()};
  giveName(database, id, record.name);
  Query insert(
      database,
      "INSERT INTO examples (dataset_id, row, line, split, text, label, extra) VALUES (?, ?, ?, ?, ?, ?, ?)");
  for (const StoredExample& example : examples)
    insert.run(id, example.row, example.line, example.split, example.text, example.label,
               Json::list(example.extra).dump());
  transaction.commit();
  return id;
}

std::vector<DatasetRecord> loadDatasets(Database& database) {
  std::vector<DatasetRecord> records;
  Query query(database, ATTUNE_DATASET_COLUMNS "ORDER BY id");
  while (query.next()) records.push_back(readRecord(query));
  return records;
}

DatasetRecord loadDataset(Database& database, DatasetId id) {
  Query query(database, ATTUNE_DATASET_COLUMNS "WHERE id = ?", id);
  if (query.next()) return readRecord(query);
  throw Error(ErrorKind::kNotFound, "there is no dataset " + std::to_string(id.value) + " in this project");
}

std::optional<DatasetRecord> findDataset(Database& database, const std::string& nameOrHash) {
  Query byName(database,
               ATTUNE_DATASET_COLUMNS "WHERE id = (SELECT dataset_id FROM dataset_names WHERE name = ?)",
               nameOrHash);
  if (byName.next()) return readRecord(byName);
  Query byHash(database, ATTUNE_DATASET_COLUMNS "WHERE hash = ? ORDER BY id DESC LIMIT 1", nameOrHash);
  if (byHash.next()) return readRecord(byHash);
  return std::nullopt;
}

std::vector<StoredExample> loadExamples(Database& database, DatasetId id, const std::string& split) {
  const Snapshot snapshot(database);
  if (Query known(database, "SELECT 1 FROM datasets WHERE id = ?", id); !known.next())
    throw Error(ErrorKind::kNotFound, "there is no dataset " + std::to_string(id.value) + " in this project");
  std::vector<StoredExample> examples;
  Query query(database,
              "SELECT row, line, split, text, label, extra FROM examples WHERE dataset_id = ?1 AND (?2 = '' "
              "OR split = ?2) "
              "ORDER BY row",
              id, split);
  while (query.next()) {
    examples.push_back(
        {query.integer(0), query.integer(1), query.text(2), query.text(3), query.integer(4), {}});
    if (const std::string extra = query.text(5); extra != "[]")
      examples.back().extra =
          parseJson(extra, "row " + std::to_string(query.integer(0)) + ", other columns").texts();
  }
  return examples;
}

std::map<std::int64_t, ExampleMark> loadMarks(Database& database, DatasetId id) {
  std::map<std::int64_t, ExampleMark> marks;
  Query query(database, "SELECT row, starred, note FROM example_marks WHERE dataset_id = ?", id);
  while (query.next()) marks[query.integer(0)] = {query.integer(1) != 0, query.text(2)};
  return marks;
}

void setMark(Database& database, DatasetId id, std::int64_t row, const ExampleMark& mark) {
  Transaction transaction(database);
  if (mark.isEmpty())
    Query(database, "DELETE FROM example_marks WHERE dataset_id = ? AND row = ?", id, row).run();
  else
    Query(database,
          "INSERT OR REPLACE INTO example_marks (dataset_id, row, starred, note) VALUES (?, ?, ?, ?)", id,
          row, std::int64_t{mark.starred}, mark.note)
        .run();
  transaction.commit();
}

}  // namespace attune
