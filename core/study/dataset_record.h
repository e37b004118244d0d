#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/base/id.h"
#include "core/base/json.h"

namespace attune {

// The three splits have these names everywhere.
inline constexpr const char* kTrainSplit = "train";
inline constexpr const char* kValidationSplit = "validation";
inline constexpr const char* kTestSplit = "test";

// One labelled text as it is stored. `row` is its number within the dataset (0, 1, …; the key of
// predictions), `line` the 1-based line of the source file, `label` an index into DatasetRecord::labels.
struct StoredExample {
  std::int64_t row = 0;
  std::int64_t line = 0;
  std::string split;
  std::string text;
  std::int64_t label = 0;
  std::vector<std::string> extra = {};  // what the file's other columns say: DatasetRecord::extraColumns
};

// What the analyst noted about an example.
struct ExampleMark {
  bool starred = false;
  std::string note;

  bool isEmpty() const { return !starred && note.empty(); }
};

// What is known about an imported dataset apart from its rows.
struct DatasetRecord {
  DatasetId id;
  std::string name;
  std::string source;                          // path of the imported file, as given
  std::string hash;                            // SHA-256 over labels, texts and their order
  std::string splitHash;                       // SHA-256 over the assignment of rows to splits
  std::vector<std::string> labels;             // of free answers: every answer once
  std::vector<std::string> extraColumns = {};  // names of the columns that are neither text nor label
  bool freeAnswers = false;                    // importInfo's "task" is "answers"
  std::map<std::string, std::int64_t> splitSizes;
  Json diagnostics;  // array of {severity, rule, message, hint, file, row, rows}
  Json importInfo;   // delimiter, encoding, columns, how the split was made
  std::int64_t createdMs = 0;
};

}  // namespace attune
