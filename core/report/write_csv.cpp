#include "core/base/text.h"
#include "core/report/report.h"
#include "core/report/summary_columns.h"

namespace attune {
namespace {

// RFC 4180. A text that a spreadsheet would run as a formula gets an apostrophe in front; numbers stay
// numbers.
std::string cell(const std::string& text) {
  std::string out = text;
  if (!out.empty() && std::string_view("=+-@\t\r\n").find(out[0]) != std::string_view::npos &&
      !parseDouble(out))
    out.insert(out.begin(), '\'');
  if (!out.empty() && out[0] == '\0') out.insert(out.begin(), '\'');
  if (out.find_first_of("\",\r\n") == std::string::npos) return out;
  return "\"" + replaceAll(std::move(out), "\"", "\"\"") + "\"";
}

std::string cell(const Json* value) {
  if (!value || value->isNull()) return {};
  if (value->isString()) return cell(value->asString());
  if (value->isBool()) return value->asBool() ? "true" : "false";
  if (value->isInt()) return std::to_string(value->asInt());
  if (value->isNumber()) return formatShortest(value->asDouble());
  return cell(value->dump());
}

}  // namespace

std::string writeCsv(const Report& report) {
  std::vector<std::string> line;
  for (const char* column : kSummaryColumns) line.push_back(column);
  for (const char* column : kSummaryCostColumns) line.push_back(column);
  std::string out = joinText(line, ",") + "\r\n";
  for (const Json& configuration : report.data.at("configurations").items()) {
    line.clear();
    for (const char* column : kSummaryColumns) line.push_back(cell(configuration.find(column)));
    const Json& cost = configuration.at("cost");
    for (const char* column : kSummaryCostColumns) line.push_back(cell(cost.find(column)));
    out += joinText(line, ",") + "\r\n";
  }
  return out;
}

}  // namespace attune
