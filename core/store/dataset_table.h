#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/id.h"
#include "core/store/database.h"
#include "core/study/dataset_record.h"

// The datasets of a project; see Store for what each function promises.
namespace attune {

DatasetId addDataset(Database& database, const DatasetRecord& record,
                     const std::vector<StoredExample>& examples);
std::vector<DatasetRecord> loadDatasets(Database& database);
DatasetRecord loadDataset(Database& database, DatasetId id);
std::optional<DatasetRecord> findDataset(Database& database, const std::string& nameOrHash);
std::map<std::int64_t, ExampleMark> loadMarks(Database& database, DatasetId id);
void setMark(Database& database, DatasetId id, std::int64_t row, const ExampleMark& mark);
std::vector<StoredExample> loadExamples(Database& database, DatasetId id, const std::string& split);

}  // namespace attune
