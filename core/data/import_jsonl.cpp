#include "core/data/import_jsonl.h"

#include <algorithm>
#include <unordered_map>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/data/csv_row_reader.h"
#include "core/data/json_records.h"

namespace attune {
namespace {

using Lines = Findings::Lines;

std::string cellText(const Json& value) {
  if (value.isString()) return value.asString();
  if (value.isNull()) return {};
  return value.dump();
}

// Puts records with differing members into one table.
class TableBuilder {
 public:
  explicit TableBuilder(Table& table) : table_(table) {}

  enum class Outcome { kAdded, kTooManyColumns, kTooSparse };

  Outcome add(const Json& record, std::int64_t line) {
    const auto rowNumber = static_cast<std::int64_t>(table_.rows.size());
    std::vector<std::string> row;
    for (const auto& [name, value] : record.members()) {
      const auto [column, fresh] = columns_.try_emplace(name, table_.columns.size());
      if (fresh) {
        if (table_.columns.size() == kMaxColumns) return Outcome::kTooManyColumns;
        table_.columns.push_back(name);
      }
      if (column->second >= row.size()) row.resize(column->second + 1);
      row[column->second] = cellText(value);
      ++filled_;
      if (value.isArray() || value.isObject())
        table_.nested[static_cast<int>(column->second)].push_back(rowNumber);
    }
    allocated_ += row.size();
    if (isTooSparse(allocated_)) return Outcome::kTooSparse;
    table_.rows.push_back(std::move(row));
    table_.lines.push_back(line);
    return Outcome::kAdded;
  }

  // Gives every row all columns.
  Outcome finish() {
    if (isTooSparse(table_.rows.size() * table_.columns.size())) return Outcome::kTooSparse;
    for (auto& row : table_.rows) row.resize(table_.columns.size());
    return Outcome::kAdded;
  }

 private:
  // A few bytes a record may ask for thousands of empty cells.
  bool isTooSparse(std::size_t cells) const { return cells > 20'000'000 && cells / 8 > filled_; }

  Table& table_;
  std::unordered_map<std::string, std::size_t> columns_;
  std::size_t filled_ = 0;
  std::size_t allocated_ = 0;
};

// The library's sentence without the part that shows what it had read so far.
std::string reasonOf(const Error& error) {
  std::string reason = error.what();
  if (const auto at = reason.find("not valid JSON: "); at != std::string::npos) reason = reason.substr(at);
  if (const auto at = reason.find("; last read:"); at != std::string::npos) {
    const auto rest = reason.find("'; expected", at);
    reason = reason.substr(0, at) + (rest == std::string::npos ? std::string() : reason.substr(rest + 1));
  }
  if (const auto bad = firstInvalidUtf8(reason)) reason.resize(*bad);
  return elide(reason, 160);
}

struct Problems {
  Lines notJson, notObject, invalidBytes, surrogates;
  std::string firstReason;
  std::string firstByte;
};

std::string wasOrWere(const Lines& lines) { return lines.size() == 1 ? " was" : " were"; }

void reportProblems(const Problems& problems, Findings& findings) {
  const auto count = [](const Lines& lines) {
    return countText(static_cast<std::int64_t>(lines.size()), "record");
  };
  if (!problems.invalidBytes.empty())
    findings.warn("invalid_utf8",
                  count(problems.invalidBytes) + " cannot be read as UTF-8 and" +
                      wasOrWere(problems.invalidBytes) + " left out: " + lineList(problems.invalidBytes) +
                      " (first byte " + problems.firstByte + ").",
                  "Choose the encoding of the file, or save it as UTF-8.", problems.invalidBytes);
  if (!problems.notJson.empty())
    findings.warn("bad_line",
                  count(problems.notJson) + " that cannot be read as JSON" + wasOrWere(problems.notJson) +
                      " left out: " + lineList(problems.notJson) + " (first: " + problems.firstReason + ").",
                  "Repair the lines and import the file again, or go on without them.", problems.notJson);
  if (!problems.notObject.empty())
    findings.warn("not_an_object",
                  count(problems.notObject) + " not of the form {…}" + wasOrWere(problems.notObject) +
                      " left out: " + lineList(problems.notObject) + ".",
                  "Write every row as an object such as {\"text\": …, \"label\": …}.", problems.notObject);
  if (!problems.surrogates.empty())
    findings.warn(
        "lone_surrogate",
        "Half a surrogate pair in " + lineList(problems.surrogates) +
            " was replaced by U+FFFD (the replacement character).",
        "The program that wrote the file cut a character in two; export the texts again if they matter.",
        problems.surrogates);
}

void refuseShape(TableBuilder::Outcome outcome, std::int64_t line, Findings& findings) {
  if (outcome == TableBuilder::Outcome::kTooManyColumns)
    findings.error("too_many_columns",
                   "The records have more than 10,000 different names (line " + std::to_string(line) + ").",
                   "Keep the text and the label of each record.", {line});
  else
    findings.error("too_sparse",
                   "The records have so many different names that nearly every record lacks nearly all of "
                   "them (up to line " +
                       std::to_string(line) + ").",
                   "Give all records the same names, such as text and label.", {line});
}

}  // namespace

std::optional<Table> readJson(const DecodedText& decoded, FileFormat format, const TableOptions& options,
                              Findings& findings) {
  std::vector<JsonRecord> records;
  if (format == FileFormat::kJsonLines) {
    records = linesOf(decoded.text);
  } else {
    auto elements = elementsOf(decoded.text, findings);
    if (!elements) return std::nullopt;
    records = std::move(*elements);
  }

  Table table;
  table.format = format;
  table.encoding = decoded.encoding;
  TableBuilder builder(table);
  Problems problems;
  const JsonLimits limits{.maxDepth = kMaxJsonDepth, .refuseDuplicateKeys = true};
  for (const JsonRecord& record : records) {
    if (options.maxRows > 0 && static_cast<std::int64_t>(table.rows.size()) >= options.maxRows) break;
    if (record.text.size() > kMaxFieldBytes) {
      findings.error("line_too_long",
                     "The record in line " + std::to_string(record.line) + " is longer than 8 MiB.",
                     "Check that the file has one text a record.", {record.line});
      return std::nullopt;
    }
    if (decoded.hasInvalidBytes) {
      if (const auto bad = firstInvalidUtf8(record.text)) {
        if (problems.firstByte.empty()) problems.firstByte = byteName(record.text, *bad);
        problems.invalidBytes.push_back(record.line);
        continue;
      }
    }
    const auto repaired = withoutLoneSurrogates(record.text);
    Json value;
    try {
      value = parseJson(repaired ? std::string_view(*repaired) : record.text, "", limits);
    } catch (const Error& error) {
      if (format == FileFormat::kJson) {
        const std::int64_t line = record.line + std::max<std::int64_t>(error.row(), 1) - 1;
        findings.error("bad_json",
                       "The record in line " + std::to_string(line) + " is " + reasonOf(error) + ".",
                       "Check that the file is complete and was not edited by hand.", {line});
        return std::nullopt;
      }
      if (problems.firstReason.empty()) problems.firstReason = reasonOf(error);
      problems.notJson.push_back(record.line);
      continue;
    }
    if (repaired) problems.surrogates.push_back(record.line);
    if (!value.isObject()) {
      problems.notObject.push_back(record.line);
      continue;
    }
    const TableBuilder::Outcome outcome = builder.add(value, record.line);
    if (outcome == TableBuilder::Outcome::kAdded) continue;
    refuseShape(outcome, record.line, findings);
    return std::nullopt;
  }

  table.rowsLeftOut = static_cast<std::int64_t>(problems.notJson.size() + problems.notObject.size() +
                                                problems.invalidBytes.size());
  if (table.rows.empty()) {
    const bool objects = problems.notObject.empty();
    if (records.empty())
      findings.error("no_records", "The list in the file is empty.",
                     "Add records with a text and a label each.");
    else if (!objects)
      findings.error("not_objects",
                     std::string(format == FileFormat::kJsonLines ? "The lines" : "The records") +
                         " of the file are not JSON objects.",
                     "Write every row as an object such as {\"text\": …, \"label\": …}.", problems.notObject);
    else
      findings.error(
          "bad_json",
          "No line of the file can be read as a JSON object (" +
              (problems.firstReason.empty() ? "not UTF-8" : problems.firstReason) + ").",
          "Write one object such as {\"text\": …, \"label\": …} a line, or all of them in one list.",
          problems.notJson);
    return std::nullopt;
  }
  reportProblems(problems, findings);
  if (table.columns.size() < (options.textsAlone ? 1U : 2U)) {
    findings.error("one_column",
                   table.columns.empty() ? std::string("The records are empty.")
                                         : "The records have one field (" + inQuotes(table.columns.front()) +
                                               "); a text and a label are needed.",
                   "Add the label of each text to its record.");
    return std::nullopt;
  }
  if (const auto outcome = builder.finish(); outcome != TableBuilder::Outcome::kAdded) {
    refuseShape(outcome, table.lines.back(), findings);
    return std::nullopt;
  }
  return table;
}

FileFormat sniffJson(std::string_view text, bool linesLikely) {
  text = trim(text);
  const std::size_t end = text.find_first_of("\r\n");
  const std::string_view firstLine = trim(text.substr(0, end));
  if (text.starts_with('[')) {
    // "[1, 2]" on the first of several lines is a record, though a wrong one.
    const std::string_view inside = trim(text.substr(1, 64));
    return linesLikely && !inside.empty() && inside.front() != '{' ? FileFormat::kJsonLines
                                                                   : FileFormat::kJson;
  }
  if (!text.starts_with('{')) return FileFormat::kJsonLines;
  if (linesLikely || firstLine.size() > kMaxFieldBytes)
    return linesLikely ? FileFormat::kJsonLines : FileFormat::kJson;
  try {
    const auto repaired = withoutLoneSurrogates(firstLine);
    const Json first = parseJson(repaired ? std::string_view(*repaired) : firstLine, "", {});
    if (end != std::string_view::npos) return FileFormat::kJsonLines;  // there is more below a whole object
    // One object alone: a document with a list in it, or a single record.
    for (const auto& [name, value] : first.members())
      if (value.isArray()) return FileFormat::kJson;
    return FileFormat::kJsonLines;
  } catch (const Error&) {
    return FileFormat::kJson;
  }
}

}  // namespace attune
