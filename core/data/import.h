#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/base/seed.h"
#include "core/data/dataset.h"

namespace attune {

enum class FileFormat { kCsv, kJsonLines, kJson };  // kCsv: any delimiter

// How a file is to be read. Empty: found out by looking at it, and said in the Table.
struct TableOptions {
  std::optional<char> delimiter;
  std::string encoding;  // "utf-8", "windows-1252", "utf-16le", "utf-16be"
  std::optional<bool> hasHeader;
  std::int64_t maxRows = 0;  // 0: all. For previews.
  bool textsAlone = false;   // one column is enough: texts without labels
};

// A file as rows of text cells. Rows that cannot be used (wrong number of fields, bytes that are not text)
// are left out and counted in the diagnostics.
struct Table {
  FileFormat format = FileFormat::kCsv;
  char delimiter = ',';
  std::string encoding = "utf-8";
  bool hasHeader = true;
  std::vector<std::string> columns;  // "column 1", … without a header
  std::vector<std::vector<std::string>> rows;
  std::vector<std::int64_t> lines;  // 1-based line where rows[i] begins
  std::int64_t rowsLeftOut = 0;
  // JSON only: column -> rows whose value is a list or an object; such a value is neither text nor label.
  std::map<int, std::vector<std::int64_t>> nested;
  // Guesses to be confirmed; -1 when nothing looks like it.
  int textColumn = -1;
  int labelColumn = -1;
};

// Reads a CSV, TSV, JSONL or JSON file. No value when it must be refused (empty, not text, unclosed quote,
// two columns of one name, …). Never throws for what is in the file; throws Error(kNotFound/kIo) when it
// cannot be opened. May block.
Result<Table> readTable(const std::string& path, const TableOptions& options = {});

struct SplitRatios {
  double train = 0.70;
  double validation = 0.15;
  double test = 0.15;
};
// "70/15/15" in percent, or fractions. Throws Error(kUsage).
SplitRatios parseSplitRatios(const std::string& text);

enum class ImportTask {
  kGuess,    // answers where most rows have one of their own, else labels
  kLabels,   // the column holds one of a few labels
  kAnswers,  // it holds a free text, to be written by the model
};
ImportTask parseImportTask(const std::string& text);  // "", "labels", "answers"; throws Error(kUsage)

struct ImportOptions {
  std::string name;         // empty: from the file's name
  std::string textColumn;   // empty: guessed
  std::string labelColumn;  // empty: guessed
  std::string validationFile;
  std::string testFile;
  ImportTask task = ImportTask::kGuess;
  SplitRatios ratios;  // used for the splits that no file is given for
  Seed seed{1};
  TableOptions table;
};

constexpr std::size_t kMostExtraColumns = 24;
constexpr std::size_t kMostExtraBytes = 200;

struct ImportedDataset {
  Dataset dataset;
  Json info;  // source, delimiter, encoding, header, columns, how the split was made, counts of rows left out
  // The first columns (kMostExtraColumns) that are neither text nor label, by which results can be cut in
  // slices: no part of the dataset's identity. extra[row] has a value each, cut to kMostExtraBytes.
  std::vector<std::string> extraColumns = {};
  std::vector<std::vector<std::string>> extra = {};
};

// File(s) to dataset, with every finding of the reader and of checkDataset.
Result<ImportedDataset> importDataset(const std::string& path, const ImportOptions& options = {});
// The same from a table that was read already (the window's import dialog).
Result<ImportedDataset> importTable(const Table& table, const std::string& path,
                                    const ImportOptions& options);

}  // namespace attune
