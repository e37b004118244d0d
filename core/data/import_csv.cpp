#include "core/data/import_csv.h"

#include <algorithm>
#include <unordered_map>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/data/columns.h"
#include "core/data/csv_row_reader.h"

namespace attune {
namespace {

using Lines = Findings::Lines;

// One reading of the file with one delimiter, before anything is said about it.
struct Pass {
  std::vector<std::vector<std::string>> rows;  // the first one may be the header
  Lines lines;
  Lines raggedLines, invalidLines, nulLines, textAfterQuoteLines, swallowedLines;
  std::string raggedExamples;  // "line 5 has 1 field, line 6 has 3 fields"
  std::string firstInvalidByte;
  std::size_t columnCount = 0;
  std::int64_t unclosedQuoteLine = 0;
  std::int64_t tooLongLine = 0;
};

std::string delimiterName(char delimiter) {
  switch (delimiter) {
    case ',':
      return "commas";
    case ';':
      return "semicolons";
    case '\t':
      return "tabs";
    case '|':
      return "vertical bars";
    default:
      return inQuotes(std::string_view(&delimiter, 1));
  }
}

bool hasNul(const std::vector<std::string>& fields) {
  return std::any_of(fields.begin(), fields.end(),
                     [](const std::string& f) { return f.find('\0') != std::string::npos; });
}

// The first byte of the fields that is not UTF-8, or an empty text.
std::string invalidByte(const std::vector<std::string>& fields) {
  for (const std::string& field : fields)
    if (const auto bad = firstInvalidUtf8(field)) return byteName(field, *bad);
  return {};
}

void noteRagged(Pass& pass, const CsvRowReader::Row& row) {
  constexpr std::size_t kShown = 5;
  if (pass.raggedLines.size() < kShown)
    pass.raggedExamples += (pass.raggedExamples.empty() ? "line " : ", line ") + std::to_string(row.line) +
                           " has " + countText(static_cast<std::int64_t>(row.fieldCount), "field");
  pass.raggedLines.push_back(row.line);
}

Pass readRows(const DecodedText& decoded, char delimiter, bool quotes, std::int64_t maxRows) {
  Pass pass;
  CsvRowReader reader(decoded.text, delimiter, quotes);
  CsvRowReader::Row row;
  std::vector<std::string> fields;
  while (reader.next(fields, pass.columnCount == 0 ? kMaxColumns + 1 : pass.columnCount, row)) {
    if (row.unclosedQuoteLine > 0 || row.tooLongLine > 0) {
      pass.unclosedQuoteLine = row.unclosedQuoteLine;
      pass.tooLongLine = row.tooLongLine;
      return pass;
    }
    if (row.isBlank) continue;
    const bool isFirst = pass.columnCount == 0;
    if (isFirst) pass.columnCount = row.fieldCount;
    if (pass.columnCount > kMaxColumns) return pass;
    if (row.textAfterQuote) pass.textAfterQuoteLines.push_back(row.line);
    if (row.hasSwallowedRows) pass.swallowedLines.push_back(row.line);
    if (row.fieldCount != pass.columnCount) {
      noteRagged(pass, row);
      continue;
    }
    // The first row is kept in any case: it may be the header.
    if (decoded.hasNul && hasNul(fields)) {
      pass.nulLines.push_back(row.line);
      if (!isFirst) continue;
    }
    if (decoded.hasInvalidBytes) {
      const std::string byte = invalidByte(fields);
      if (!byte.empty()) {
        if (pass.firstInvalidByte.empty()) pass.firstInvalidByte = byte;
        pass.invalidLines.push_back(row.line);
        if (!isFirst) continue;
      }
    }
    pass.rows.push_back(std::move(fields));
    pass.lines.push_back(row.line);
    if (maxRows > 0 && static_cast<std::int64_t>(pass.rows.size()) > maxRows) break;
  }
  return pass;
}

// Says why the file cannot be used at all. True when it cannot.
bool refuse(const Pass& pass, char delimiter, bool textsAlone, Findings& findings) {
  if (pass.unclosedQuoteLine > 0) {
    findings.error("unclosed_quote",
                   "A quote opened in line " + std::to_string(pass.unclosedQuoteLine) + " is never closed.",
                   "Close the quote in that line, or double it (\"\") if it belongs to the text.",
                   {pass.unclosedQuoteLine});
    return true;
  }
  if (pass.tooLongLine > 0) {
    findings.error("line_too_long",
                   "Line " + std::to_string(pass.tooLongLine) + " or one of its fields is longer than 8 MiB.",
                   "Check that the file is a table with one text a row.", {pass.tooLongLine});
    return true;
  }
  if (pass.columnCount > kMaxColumns) {
    findings.error("too_many_columns", "The file has more than 10,000 columns.",
                   "Keep the column of the text and that of the label.");
    return true;
  }
  if (pass.columnCount == 0) {
    findings.error("only_blank_lines", "The file has only empty lines.",
                   "Choose a file with a header line and rows below it.");
    return true;
  }
  if (pass.columnCount == 1 && !textsAlone) {
    findings.error("one_column",
                   "There is one column (" + inQuotes(pass.rows.empty() ? "" : pass.rows.front().front()) +
                       ") when lines are divided at " + delimiterName(delimiter) +
                       "; a text and a label column are needed.",
                   "Add a column with the label of each text, or choose the delimiter.");
    return true;
  }
  return false;
}

// Names for the columns from the first row. False when two are the same.
bool nameColumns(Table& table, std::vector<std::string> header, Findings& findings) {
  std::unordered_map<std::string, std::size_t> seen;
  for (std::size_t c = 0; c < header.size(); ++c) {
    std::string name = replaceInvalidUtf8(trim(header[c]));
    if (name.empty()) name = "column " + std::to_string(c + 1);
    const auto [first, fresh] = seen.try_emplace(name, c + 1);
    if (!fresh) {
      findings.error("same_column_name",
                     "Columns " + std::to_string(first->second) + " and " + std::to_string(c + 1) +
                         " are both called " + inQuotes(name) + ".",
                     "Give every column a name of its own.", {table.lines.front()});
      return false;
    }
    table.columns.push_back(std::move(name));
  }
  return true;
}

void reportRows(const Pass& pass, bool quotes, Findings& findings) {
  const auto count = [](const Lines& lines) { return static_cast<std::int64_t>(lines.size()); };
  if (!pass.invalidLines.empty())
    findings.warn("invalid_utf8",
                  countText(count(pass.invalidLines), "row") + " of the file cannot be read as UTF-8 and " +
                      (pass.invalidLines.size() == 1 ? "was" : "were") + " left out: " +
                      lineList(pass.invalidLines) + " (first byte " + pass.firstInvalidByte + ").",
                  "Choose the encoding of the file (windows-1252?), or save it as UTF-8.", pass.invalidLines);
  if (!pass.nulLines.empty())
    findings.warn("nul_byte",
                  countText(count(pass.nulLines), "row") +
                      " with a NUL byte left out: " + lineList(pass.nulLines) + ".",
                  "Remove the NUL bytes; they often mean a wrong encoding or a damaged file.", pass.nulLines);
  if (!pass.raggedLines.empty())
    findings.warn("ragged_rows",
                  countText(count(pass.raggedLines), "row") + " left out because the table has " +
                      countText(static_cast<std::int64_t>(pass.columnCount), "column") + ": " +
                      pass.raggedExamples + (pass.raggedLines.size() > 5 ? ", …" : "") + ".",
                  "Put texts that contain the delimiter in quotes.", pass.raggedLines);
  if (!pass.textAfterQuoteLines.empty())
    findings.warn("text_after_quote",
                  "Characters after a closing quote in " + lineList(pass.textAfterQuoteLines) +
                      "; they were added to the field.",
                  "Double the quotes that belong to the text (\"\").", pass.textAfterQuoteLines);
  if (!pass.swallowedLines.empty())
    findings.warn("long_quoted_field",
                  "A quoted field of the row in " + lineList(pass.swallowedLines) +
                      " has lines that look like rows of the table.",
                  "Check that the quote is closed where you meant it.", pass.swallowedLines);
  if (!quotes)
    findings.info("literal_quotes",
                  "Quotes were read as ordinary characters, because they do not come in pairs.",
                  "If fields of this file are quoted, close each quote in its own row.");
}

bool isInOrder(const Pass& pass) {
  return pass.unclosedQuoteLine == 0 && pass.tooLongLine == 0 && pass.swallowedLines.empty();
}

}  // namespace

std::optional<Table> readCsv(const DecodedText& decoded, const TableOptions& options, Findings& findings) {
  const bool tabsLikely = toLowerAscii(findings.file()).ends_with(".tsv");
  const char delimiter =
      options.delimiter ? *options.delimiter : sniffDelimiter(decoded.text, tabsLikely ? '\t' : ',');
  if (delimiter == '"' || delimiter == '\n' || delimiter == '\r' ||
      static_cast<unsigned char>(delimiter) >= 0x80 || delimiter == '\0')
    throw Error(ErrorKind::kUsage, "a delimiter cannot be a quote, a line end or a letter beyond ASCII",
                "Choose a comma, a semicolon, a tab or a vertical bar.");

  bool quotes = true;
  Pass pass = readRows(decoded, delimiter, quotes, options.maxRows);
  // Many tab-separated files are written without any quoting.
  if (delimiter == '\t' && !isInOrder(pass)) {
    Pass literal = readRows(decoded, delimiter, false, options.maxRows);
    if (isInOrder(literal) && literal.raggedLines.empty()) {
      pass = std::move(literal);
      quotes = false;
    }
  }
  if (refuse(pass, delimiter, options.textsAlone, findings)) return std::nullopt;

  Table table;
  table.format = FileFormat::kCsv;
  table.delimiter = delimiter;
  table.encoding = decoded.encoding;
  table.rows = std::move(pass.rows);
  table.lines = std::move(pass.lines);
  const std::int64_t firstLine = table.lines.front();
  table.hasHeader = options.hasHeader.value_or(!firstRowLooksLikeData(table));
  std::vector<std::string> names =
      table.hasHeader ? table.rows.front() : std::vector<std::string>(pass.columnCount);
  if (!nameColumns(table, std::move(names), findings)) return std::nullopt;

  const bool firstIsBroken = (!pass.nulLines.empty() && pass.nulLines.front() == firstLine) ||
                             (!pass.invalidLines.empty() && pass.invalidLines.front() == firstLine);
  if (table.hasHeader || firstIsBroken) {
    table.rows.erase(table.rows.begin());
    table.lines.erase(table.lines.begin());
  }
  if (options.maxRows > 0 && static_cast<std::int64_t>(table.rows.size()) > options.maxRows) {
    table.rows.pop_back();
    table.lines.pop_back();
  }
  if (table.hasHeader && !options.hasHeader &&
      std::none_of(table.columns.begin(), table.columns.end(), isKnownColumnName))
    findings.info("header_assumed",
                  "Line " + std::to_string(firstLine) +
                      " was taken for the names of the columns: " + inQuotes(table.columns[0]) + ", " +
                      inQuotes(table.columns[1]) + (table.columns.size() > 2 ? ", …" : "") + ".",
                  "If it is a row, say that the file has no header.", {firstLine});
  if (!table.hasHeader && !options.hasHeader)
    findings.warn("no_header",
                  "Line " + std::to_string(firstLine) +
                      " looks like data, not like the names of the columns; it was read as a row and the "
                      "columns are called column 1, column 2, …",
                  "If it does hold the names, say that the file has a header.", {firstLine});
  if (table.hasHeader && firstIsBroken) {
    findings.warn("header_bytes",
                  "The names of the columns in line " + std::to_string(firstLine) +
                      " have bytes that are not text; U+FFFD stands in their place.",
                  "Choose the encoding of the file, or repair that line.", {firstLine});
    for (Lines* lines : {&pass.nulLines, &pass.invalidLines})
      if (!lines->empty() && lines->front() == firstLine) lines->erase(lines->begin());
  }
  reportRows(pass, quotes, findings);
  table.rowsLeftOut =
      static_cast<std::int64_t>(pass.raggedLines.size() + pass.nulLines.size() + pass.invalidLines.size());
  if (table.rows.empty()) {
    if (table.rowsLeftOut > 0)
      findings.error(
          "no_usable_rows",
          "No row of the file can be used; " + countText(table.rowsLeftOut, "row") + " had to be left out.",
          "Choose the delimiter or the encoding, or repair the rows named above.");
    else
      findings.error("header_only",
                     "There is a header (line " + std::to_string(firstLine) + ") but no row below it.",
                     "Add rows, or say that the file has no header if this line is one.", {firstLine});
    return std::nullopt;
  }
  return table;
}

char sniffDelimiter(std::string_view text, char preferred) {
  constexpr std::size_t kSampleBytes = std::size_t{1} << 18;
  constexpr int kSampleRows = 200;
  char best = preferred;
  double bestScore = 0;
  for (const char delimiter : {preferred, ',', ';', '\t', '|'}) {
    CsvRowReader reader(text.substr(0, kSampleBytes), delimiter, true);
    CsvRowReader::Row row;
    std::vector<std::string> fields;
    std::size_t columns = 0;
    int rows = 0, even = 0, known = 0;
    while (rows < kSampleRows && reader.next(fields, kMaxColumns, row)) {
      if (row.isBlank || row.tooLongLine > 0) continue;
      if (row.unclosedQuoteLine > 0 && rows > 0) break;  // the sample ends here
      if (columns == 0) {
        columns = row.fieldCount;
        known = static_cast<int>(std::count_if(fields.begin(), fields.end(), isKnownColumnName));
      }
      ++rows;
      if (row.fieldCount == columns) ++even;
    }
    if (columns < 2) continue;
    const double score = static_cast<double>(even) / rows + (known >= 2 ? 1.0 : known == 1 ? 0.25 : 0.0);
    if (score > bestScore) {
      bestScore = score;
      best = delimiter;
    }
  }
  return best;
}

}  // namespace attune
