#include "core/data/import.h"

#include <cmath>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/data/columns.h"
#include "core/data/decode.h"
#include "core/data/finding.h"
#include "core/data/import_csv.h"
#include "core/data/import_jsonl.h"

namespace attune {
namespace {

FileFormat formatOf(const std::string& path, std::string_view text) {
  const std::string lower = toLowerAscii(path);
  const auto ends = [&](const char* suffix) { return lower.ends_with(suffix); };
  if (ends(".csv") || ends(".tsv") || ends(".tab")) return FileFormat::kCsv;
  const bool lines = ends(".jsonl") || ends(".ndjson");
  const std::string_view content = trim(text.substr(0, 4096));
  if (lines || ends(".json") || content.starts_with('{') || content.starts_with("[{"))
    return sniffJson(text, lines);
  return FileFormat::kCsv;
}

std::optional<Table> read(std::string bytes, const TableOptions& options, Findings& findings) {
  const auto decoded = decodeText(std::move(bytes), options.encoding, findings);
  if (!decoded) return std::nullopt;
  const FileFormat format = formatOf(findings.file(), decoded->text);
  if (format != FileFormat::kCsv && trim(decoded->text).empty()) {
    findings.error("only_blank_lines", "The file has only empty lines.", "Choose a file with records in it.");
    return std::nullopt;
  }
  auto table = format == FileFormat::kCsv ? readCsv(*decoded, options, findings)
                                          : readJson(*decoded, format, options, findings);
  if (table) guessColumns(*table);
  return table;
}

}  // namespace

Result<Table> readTable(const std::string& path, const TableOptions& options) {
  Findings findings(path);
  Result<Table> result;
  std::string bytes;
  try {
    bytes = readFile(path);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInvalidInput) throw;  // a folder, or too large
    findings.error("not_readable", error.what(), "Choose a CSV, TSV, JSONL or JSON file of less than 4 GiB.");
    result.diagnostics = std::move(findings.list());
    return result;
  }
  result.value = read(std::move(bytes), options, findings);
  result.diagnostics = std::move(findings.list());
  sortBySeverity(result.diagnostics);
  return result;
}

SplitRatios parseSplitRatios(const std::string& text) {
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorKind::kUsage, "the split '" + text + "' " + why,
                "Write the shares of training, validation and test, such as 70/15/15 or 0.7/0.15/0.15.");
  };
  const std::vector<std::string> parts = splitText(text, '/');
  if (parts.size() != 3) refuse("does not have three parts");
  double shares[3] = {0, 0, 0};
  for (std::size_t i = 0; i < 3; ++i) {
    std::string_view part = trim(parts[i]);
    if (part.ends_with('%')) part = trim(part.substr(0, part.size() - 1));
    const auto share = parseDouble(part);
    if (!share || !std::isfinite(*share)) refuse("has a part that is not a number: '" + parts[i] + "'");
    if (*share < 0) refuse("has a negative part");
    shares[i] = *share;
  }
  const double sum = shares[0] + shares[1] + shares[2];
  const double whole = sum > 1.5 ? 100 : 1;
  if (std::fabs(sum - whole) > 1e-6 * whole)
    refuse("adds up to " + formatShortest(sum) + ", not to 100 or 1");
  if (shares[0] <= 0) refuse("leaves nothing to train on");
  return {shares[0] / whole, shares[1] / whole, shares[2] / whole};
}

}  // namespace attune
