#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <set>
#include <string_view>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/data/check.h"
#include "core/data/finding.h"
#include "core/data/import.h"
#include "core/data/split.h"

namespace attune {
namespace {

using Lines = Findings::Lines;

// One of the files of an import, and which of its cells are used.
struct Source {
  const Table* table = nullptr;
  std::string file;
  int text = -1;
  int label = -1;
  Lines rows;  // positions in the table of the rows that are used
  Findings findings;
};

struct LeftOut {
  std::int64_t reader = 0, emptyText = 0, emptyLabel = 0, nested = 0, hidden = 0;
};

const std::string& cell(const Source& source, std::int64_t row, int column) {
  return source.table->rows[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)];
}

std::string columnNames(const Table& table) {
  std::vector<std::string> names;
  constexpr std::size_t kShown = 12;
  for (std::size_t c = 0; c < table.columns.size() && c < kShown; ++c)
    names.push_back(inQuotes(table.columns[c]));
  std::string text = joinText(names, ", ");
  if (table.columns.size() > kShown)
    text += " and " + std::to_string(table.columns.size() - kShown) + " more";
  return text;
}

int indexOf(const Table& table, const std::string& name) {
  const auto found = std::find(table.columns.begin(), table.columns.end(), name);
  return found == table.columns.end() ? -1 : static_cast<int>(found - table.columns.begin());
}

// -1, and an error among the findings, when the table has no column of that name.
int namedColumn(Source& source, const std::string& name) {
  const int column = indexOf(*source.table, name);
  if (column < 0) {
    const std::string near = nearestName(name, source.table->columns);
    source.findings.error(
        "unknown_column",
        "There is no column " + inQuotes(name) + "; the columns are " + columnNames(*source.table) + ".",
        near.empty() ? "Choose one of the columns." : "Did you mean " + inQuotes(near) + "?");
  }
  return column;
}

bool chooseColumns(Source& main, const ImportOptions& options) {
  const Table& table = *main.table;
  main.text = options.textColumn.empty() ? table.textColumn : namedColumn(main, options.textColumn);
  main.label = options.labelColumn.empty() ? table.labelColumn : namedColumn(main, options.labelColumn);
  if (hasError(main.findings.list())) return false;
  // One column named, the other guessed: in a table of two the other is the other.
  const bool clash = main.text == main.label;
  for (int* guessed : {&main.text, &main.label}) {
    const bool named = guessed == &main.text ? !options.textColumn.empty() : !options.labelColumn.empty();
    const int other = guessed == &main.text ? main.label : main.text;
    if (named || (*guessed >= 0 && !clash)) continue;
    *guessed = table.columns.size() == 2 && other >= 0 ? 1 - other : -1;
  }
  if (main.text < 0 || main.label < 0) {
    const std::string what = main.text < 0 && main.label < 0
                                 ? "which column holds the text and which the label"
                             : main.text < 0 ? "which column holds the text"
                                             : "which column holds the label";
    main.findings.error("columns_unclear",
                        "It is not clear " + what + "; the file has " +
                            countText(static_cast<std::int64_t>(table.columns.size()), "column") + ": " +
                            columnNames(table) + ".",
                        "Name them: --text COLUMN --label COLUMN.");
    return false;
  }
  if (main.text == main.label) {
    main.findings.error("same_column",
                        "The column " + inQuotes(table.columns[static_cast<std::size_t>(main.text)]) +
                            " cannot be both text and label.",
                        "Choose two columns.");
    return false;
  }
  if (options.textColumn.empty() || options.labelColumn.empty())
    main.findings.info("columns_guessed",
                       "Texts were taken from column " +
                           inQuotes(table.columns[static_cast<std::size_t>(main.text)]) + ", labels from " +
                           inQuotes(table.columns[static_cast<std::size_t>(main.label)]) + ".",
                       "If that is wrong, choose the columns.");
  return true;
}

// The columns of a further file: those of the same names, or the same places where a file has no names.
bool matchColumns(Source& source, const Source& main) {
  const bool byPlace = !source.table->hasHeader || !main.table->hasHeader;
  const bool sameWidth = source.table->columns.size() == main.table->columns.size();
  const auto match = [&](int column) {
    const std::string& name = main.table->columns[static_cast<std::size_t>(column)];
    if (indexOf(*source.table, name) < 0 && byPlace && sameWidth) return column;
    return namedColumn(source, name);
  };
  source.text = match(main.text);
  source.label = match(main.label);
  return source.text >= 0 && source.label >= 0;
}

// JSON only: values that are lists or objects cannot be used. Marks their rows; false when there is nothing
// else.
bool excludeNested(Source& source, int column, std::vector<bool>& excluded, std::int64_t& count) {
  const auto found = source.table->nested.find(column);
  if (found == source.table->nested.end()) return true;
  Lines lines;
  for (const std::int64_t row : found->second) {
    lines.push_back(source.table->lines[static_cast<std::size_t>(row)]);
    if (!excluded[static_cast<std::size_t>(row)]) ++count;
    excluded[static_cast<std::size_t>(row)] = true;
  }
  const std::string field = "The field " + inQuotes(source.table->columns[static_cast<std::size_t>(column)]);
  if (found->second.size() == source.table->rows.size()) {
    source.findings.error("nested_field", field + " is not a string but a list or an object.",
                          "Choose another field, or write the text itself into it.", std::move(lines));
    return false;
  }
  source.findings.warn("nested_field",
                       field + " is not a string in " +
                           countText(static_cast<std::int64_t>(lines.size()), "record") +
                           ", left out: " + lineList(lines) + ".",
                       "Write the text itself into the field.", lines);
  return true;
}

bool selectRows(Source& source, LeftOut& leftOut) {
  const Table& table = *source.table;
  leftOut.reader += table.rowsLeftOut;
  std::vector<bool> excluded(table.rows.size(), false);
  if (!excludeNested(source, source.text, excluded, leftOut.nested) ||
      !excludeNested(source, source.label, excluded, leftOut.nested))
    return false;
  Lines emptyText, emptyLabel;
  for (std::int64_t row = 0; row < static_cast<std::int64_t>(table.rows.size()); ++row) {
    const auto i = static_cast<std::size_t>(row);
    if (excluded[i]) continue;
    if (trim(cell(source, row, source.text)).empty())
      emptyText.push_back(table.lines[i]);
    else if (trim(cell(source, row, source.label)).empty())
      emptyLabel.push_back(table.lines[i]);
    else
      source.rows.push_back(row);
  }
  const auto report = [&](const char* rule, const char* what, const Lines& lines) {
    const bool one = lines.size() == 1;
    if (!lines.empty())
      source.findings.warn(
          rule,
          countText(static_cast<std::int64_t>(lines.size()), "row") + (one ? " has" : " have") + " no " +
              what + " and " + (one ? "was" : "were") + " left out: " + lineList(lines) + ".",
          std::string("Add the ") + what + " or remove the " + (one ? "row." : "rows."), lines);
  };
  report("empty_text", "text", emptyText);
  report("empty_label", "label", emptyLabel);
  leftOut.emptyText += static_cast<std::int64_t>(emptyText.size());
  leftOut.emptyLabel += static_cast<std::int64_t>(emptyLabel.size());
  return true;
}

// Published test files often hide their labels as -1. True when that is what -1 means here: all other labels
// are the numbers 0, 1, ….
bool minusOneIsHidden(const std::set<std::string_view>& labels) {
  if (!labels.contains("-1") || labels.size() < 2) return false;
  for (std::size_t number = 0; number + 1 < labels.size(); ++number)
    if (!labels.contains(std::to_string(number))) return false;
  return true;
}

void dropHiddenLabels(std::vector<Source>& sources, LeftOut& leftOut) {
  std::set<std::string_view> labels;
  for (const Source& source : sources)
    for (const std::int64_t row : source.rows) labels.insert(cell(source, row, source.label));
  if (!minusOneIsHidden(labels)) return;
  for (Source& source : sources) {
    Lines kept, lines;
    for (const std::int64_t row : source.rows) {
      if (cell(source, row, source.label) != "-1")
        kept.push_back(row);
      else
        lines.push_back(source.table->lines[static_cast<std::size_t>(row)]);
    }
    if (lines.empty()) continue;
    source.rows = std::move(kept);
    leftOut.hidden += static_cast<std::int64_t>(lines.size());
    source.findings.warn(
        "hidden_label",
        countText(static_cast<std::int64_t>(lines.size()), "row") +
            " with the label -1 left out, because the other labels are 0, 1, …: " + lineList(lines) + ".",
        "-1 marks hidden labels in published test files; use a file that has them.", lines);
  }
}

SplitRatios ratiosFor(const ImportOptions& options) {
  SplitRatios ratios = options.ratios;
  if (!options.validationFile.empty()) ratios.validation = 0;
  if (!options.testFile.empty()) ratios.test = 0;
  if (!(ratios.train > 0))
    throw Error(ErrorKind::kUsage, "the split leaves nothing to train on",
                "Give the training split a share above zero.");
  const double sum = ratios.train + ratios.validation + ratios.test;
  return {ratios.train / sum, ratios.validation / sum, ratios.test / sum};
}

const char* formatName(FileFormat format) {
  switch (format) {
    case FileFormat::kCsv:
      return "csv";
    case FileFormat::kJsonLines:
      return "jsonl";
    case FileFormat::kJson:
      return "json";
  }
  return "csv";
}

Json describe(const Source& main, const ImportOptions& options, const SplitRatios& ratios,
              const LeftOut& leftOut, const Dataset& dataset) {
  const Table& table = *main.table;
  Json info = Json::object();
  info.set("source", main.file).set("format", formatName(table.format));
  if (table.format == FileFormat::kCsv)
    info.set("delimiter", std::string(1, table.delimiter)).set("header", table.hasHeader);
  info.set("encoding", table.encoding);
  info.set("columns", Json::list(table.columns));
  info.set("text_column", table.columns[static_cast<std::size_t>(main.text)]);
  info.set("label_column", table.columns[static_cast<std::size_t>(main.label)]);
  if (dataset.freeAnswers()) info.set("task", "answers");
  info.set("rows", static_cast<std::int64_t>(dataset.examples().size()));
  info.set("rows_left_out", Json::object()
                                .set("unreadable", leftOut.reader)
                                .set("empty_text", leftOut.emptyText)
                                .set("empty_label", leftOut.emptyLabel)
                                .set("nested_field", leftOut.nested)
                                .set("hidden_label", leftOut.hidden));
  Json split = Json::object();
  const bool bothGiven = !options.validationFile.empty() && !options.testFile.empty();
  split.set("made", bothGiven ? "files" : "by label, equal texts together");
  if (!options.validationFile.empty()) split.set("validation_file", options.validationFile);
  if (!options.testFile.empty()) split.set("test_file", options.testFile);
  if (!bothGiven) {
    split.set("train_share", ratios.train)
        .set("validation_share", ratios.validation)
        .set("test_share", ratios.test);
    // As text: a seed may be larger than a JSON number.
    split.set("seed", std::to_string(options.seed.value));
  }
  for (const Split s : {Split::kTrain, Split::kValidation, Split::kTest})
    split.set(std::string(splitName(s)) + "_rows", static_cast<std::int64_t>(dataset.rows(s).size()));
  info.set("split", std::move(split));
  return info;
}

std::set<std::string_view> distinctLabels(const std::vector<Source>& sources) {
  std::set<std::string_view> distinct;
  for (const Source& source : sources)
    for (const std::int64_t row : source.rows) distinct.insert(cell(source, row, source.label));
  return distinct;
}

// Nearly every row has an answer of its own, and the answers are no bare words: then nobody means classes.
bool looksLikeAnswers(const std::vector<Source>& sources) {
  const auto distinct = distinctLabels(sources);
  std::size_t rows = 0, withBlanks = 0;
  for (const Source& source : sources) rows += source.rows.size();
  for (const std::string_view label : distinct)
    withBlanks += label.find(' ') != std::string_view::npos ? 1 : 0;
  return distinct.size() > 50 && distinct.size() * 2 > rows && withBlanks * 2 > distinct.size();
}

Dataset buildDataset(const std::vector<Source>& sources, const std::vector<Split>& sourceSplits,
                     const ImportOptions& options, const SplitRatios& ratios, bool freeAnswers) {
  const auto distinct = distinctLabels(sources);
  std::vector<std::string> labels(distinct.begin(), distinct.end());  // sorted bytewise

  std::vector<Example> examples;
  std::vector<Split> splits;
  for (std::size_t s = 0; s < sources.size(); ++s) {
    const Source& source = sources[s];
    for (const std::int64_t row : source.rows) {
      const auto label = std::lower_bound(labels.begin(), labels.end(), cell(source, row, source.label));
      examples.push_back({cell(source, row, source.text), label - labels.begin(),
                          source.table->lines[static_cast<std::size_t>(row)]});
    }
    if (s == 0 && freeAnswers) {
      std::vector<Example> alike = examples;  // there are no classes to balance
      for (Example& example : alike) example.label = 0;
      splits = splitByLabel(alike, 1, ratios, options.seed);
    } else if (s == 0) {
      splits = splitByLabel(examples, labels.size(), ratios, options.seed);
    }
    if (s > 0) splits.resize(examples.size(), sourceSplits[s]);
  }
  const std::string name =
      options.name.empty() ? std::filesystem::path(sources.front().file).stem().string() : options.name;
  return Dataset(name, std::move(labels), std::move(examples), std::move(splits), freeAnswers);
}

// What the other columns of the first source say of every example, in the order of buildDataset; columns that
// a further file lacks are empty there.
void addExtra(const std::vector<Source>& sources, ImportedDataset& imported) {
  const Table& main = *sources.front().table;
  for (std::size_t c = 0; c < main.columns.size() && imported.extraColumns.size() < kMostExtraColumns; ++c)
    if (const auto column = static_cast<int>(c);
        column != sources.front().text && column != sources.front().label && !main.nested.contains(column))
      imported.extraColumns.push_back(main.columns[c]);
  if (imported.extraColumns.empty()) return;
  for (const Source& source : sources) {
    std::vector<int> places;
    for (const std::string& name : imported.extraColumns) {
      const auto found = std::find(source.table->columns.begin(), source.table->columns.end(), name);
      places.push_back(found == source.table->columns.end()
                           ? -1
                           : static_cast<int>(found - source.table->columns.begin()));
    }
    for (const std::int64_t row : source.rows) {
      auto& values = imported.extra.emplace_back();
      for (const int place : places)
        values.push_back(place < 0 ? std::string()
                                   : elide(std::string(trim(cell(source, row, place))), kMostExtraBytes - 3));
    }
  }
}

void warnAboutManyLabels(Source& main, const Dataset& dataset) {
  const auto labels = static_cast<std::int64_t>(dataset.labels().size());
  const auto rows = static_cast<std::int64_t>(dataset.examples().size());
  if (dataset.freeAnswers() || (labels <= 1000 && (rows < 20 || labels * 2 <= rows))) return;
  main.findings.warn("many_labels",
                     countText(rows, "row") + " have " + std::to_string(labels) + " different labels.",
                     "Check that the label column is the right one and holds a few classes; if it holds free "
                     "texts, import it with --task answers.");
}

}  // namespace

ImportTask parseImportTask(const std::string& text) {
  if (text.empty()) return ImportTask::kGuess;
  if (text == "labels") return ImportTask::kLabels;
  if (text == "answers") return ImportTask::kAnswers;
  throw Error(ErrorKind::kUsage, "there is no task '" + text + "'", "Tasks: labels, answers.");
}

Result<ImportedDataset> importTable(const Table& table, const std::string& path,
                                    const ImportOptions& options) {
  const SplitRatios ratios = ratiosFor(options);
  Result<ImportedDataset> result;
  LeftOut leftOut;
  // The tables of the further files live here; sources point to them.
  std::array<Table, 2> furtherTables;
  std::vector<Source> sources;
  std::vector<Split> sourceSplits = {Split::kTrain};
  sources.push_back({&table, path, -1, -1, {}, Findings(path)});

  const auto finish = [&]() -> Result<ImportedDataset>& {
    std::vector<Diagnostic> all;
    for (Source& source : sources)
      for (Diagnostic& diagnostic : source.findings.list()) all.push_back(std::move(diagnostic));
    all.insert(all.end(), std::make_move_iterator(result.diagnostics.begin()),
               std::make_move_iterator(result.diagnostics.end()));
    result.diagnostics = std::move(all);
    sortBySeverity(result.diagnostics);
    if (hasError(result.diagnostics)) result.value.reset();
    return result;
  };

  if (!chooseColumns(sources.front(), options)) return finish();
  const std::pair<const std::string*, Split> further[] = {{&options.validationFile, Split::kValidation},
                                                          {&options.testFile, Split::kTest}};
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& [file, split] = further[i];
    if (file->empty()) continue;
    Result<Table> read = readTable(*file, options.table);
    for (Diagnostic& diagnostic : read.diagnostics) result.diagnostics.push_back(std::move(diagnostic));
    if (!read) return finish();
    furtherTables[i] = std::move(*read.value);
    sources.push_back({&furtherTables[i], *file, -1, -1, {}, Findings(*file)});
    sourceSplits.push_back(split);
    if (!matchColumns(sources.back(), sources.front())) return finish();
  }
  for (Source& source : sources)
    if (!selectRows(source, leftOut)) return finish();
  dropHiddenLabels(sources, leftOut);
  for (Source& source : sources)
    if (source.rows.empty()) {
      source.findings.error("no_usable_rows", "No row of the file has both a text and a label.",
                            "Choose other columns or another file.");
      return finish();
    }

  const bool freeAnswers = options.task == ImportTask::kAnswers ||
                           (options.task == ImportTask::kGuess && looksLikeAnswers(sources));
  Dataset dataset = buildDataset(sources, sourceSplits, options, ratios, freeAnswers);
  if (freeAnswers && options.task == ImportTask::kGuess)
    sources.front().findings.info("answers_guessed",
                                  "The answers are taken as free texts, to be written by the model: nearly "
                                  "every row has one of its own.",
                                  "If they are classes, import with --task labels.");
  warnAboutManyLabels(sources.front(), dataset);
  const auto orMain = [&](const std::string& file) { return file.empty() ? path : file; };
  const std::int64_t allLeftOut =
      leftOut.reader + leftOut.emptyText + leftOut.emptyLabel + leftOut.nested + leftOut.hidden;
  for (Diagnostic& diagnostic :
       checkDataset(dataset, SplitFiles{path, orMain(options.validationFile), orMain(options.testFile)})) {
    // What is usable is stored and the file can be repaired; there is only nothing to compare yet.
    if (diagnostic.rule == "one_label" && allLeftOut > 0) {
      diagnostic.severity = Severity::kWarning;
      diagnostic.hint += " " + countText(allLeftOut, "row") + (allLeftOut == 1 ? " was" : " were") +
                         " left out, perhaps with other labels: repair the file first.";
    }
    result.diagnostics.push_back(std::move(diagnostic));
  }
  Json info = describe(sources.front(), options, ratios, leftOut, dataset);
  result.value.emplace(ImportedDataset{std::move(dataset), std::move(info)});
  addExtra(sources, *result.value);
  return finish();
}

Result<ImportedDataset> importDataset(const std::string& path, const ImportOptions& options) {
  Result<Table> table = readTable(path, options.table);
  Result<ImportedDataset> result;
  if (table) result = importTable(*table.value, path, options);
  result.diagnostics.insert(result.diagnostics.begin(), std::make_move_iterator(table.diagnostics.begin()),
                            std::make_move_iterator(table.diagnostics.end()));
  sortBySeverity(result.diagnostics);
  return result;
}

}  // namespace attune
