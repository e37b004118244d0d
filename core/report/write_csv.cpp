#include "core/base/text.h"
#include "core/report/csv_cell.h"
#include "core/report/picture.h"
#include "core/report/report.h"
#include "core/report/summary_columns.h"

namespace attune {

std::string csvCell(const std::string& text) {
  std::string out = text;
  if (!out.empty() && std::string_view("=+-@\t\r\n").find(out[0]) != std::string_view::npos &&
      !parseDouble(out))
    out.insert(out.begin(), '\'');
  if (!out.empty() && out[0] == '\0') out.insert(out.begin(), '\'');
  if (out.find_first_of("\",\r\n") == std::string::npos) return out;
  return "\"" + replaceAll(std::move(out), "\"", "\"\"") + "\"";
}

std::string csvCell(const Json* value) {
  if (!value || value->isNull()) return {};
  if (value->isString()) return csvCell(value->asString());
  if (value->isBool()) return value->asBool() ? "true" : "false";
  if (value->isInt()) return std::to_string(value->asInt());
  if (value->isNumber()) return formatShortest(value->asDouble());
  return csvCell(value->dump());
}

std::string writeCsv(const Report& report) {
  std::vector<std::string> line;
  for (const char* column : kSummaryColumns) line.push_back(column);
  for (const char* column : kSummaryCostColumns) line.push_back(column);
  std::string out = joinText(line, ",") + "\r\n";
  for (const Json& configuration : report.data.at("configurations").items()) {
    line.clear();
    for (const char* column : kSummaryColumns) line.push_back(csvCell(configuration.find(column)));
    const Json& cost = configuration.at("cost");
    for (const char* column : kSummaryCostColumns) line.push_back(csvCell(cost.find(column)));
    out += joinText(line, ",") + "\r\n";
  }
  return out;
}

namespace {

std::string csvLine(const std::vector<std::string>& cells) { return joinText(cells, ",") + "\r\n"; }
std::string csvNumber(double value) { return formatShortest(value); }

}  // namespace

std::string figureCsv(const std::vector<FigureRow>& rows) {
  std::string out = csvLine({"method", "mean", "low", "high", "trained_numbers", "train_seconds",
                             "peak_bytes", "stored_bytes", "seeds"});
  for (const FigureRow& row : rows) {
    std::vector<std::string> seeds;
    for (const double seed : row.seeds) seeds.push_back(csvNumber(seed));
    out += csvLine({csvCell(row.title), csvNumber(row.mean), csvNumber(row.low), csvNumber(row.high),
                    csvNumber(row.trainableParameters), csvNumber(row.trainSeconds), csvNumber(row.peakBytes),
                    csvNumber(row.storedBytes), joinText(seeds, " ")});
  }
  return out;
}

std::string curvesCsv(const std::vector<Curve>& curves) {
  std::string out = csvLine({"method", "seed", "step", "validation_accuracy"});
  for (const Curve& curve : curves)
    for (std::size_t i = 0; i < curve.x.size(); ++i)
      out += csvLine(
          {csvCell(curve.title), std::to_string(curve.seed), csvNumber(curve.x[i]), csvNumber(curve.y[i])});
  return out;
}

std::string pictureCsv(const Picture& picture) {
  std::string out = csvLine({"series", picture.rows.empty() ? "x" : "row", "value", "low", "high"});
  for (const PictureSeries& series : picture.series)
    for (const PicturePoint& point : series.points)
      out += csvLine({csvCell(series.title),
                      picture.rows.empty() ? csvNumber(point.x)
                                           : csvCell(picture.rows[static_cast<std::size_t>(point.x)]),
                      csvNumber(point.y.value), csvNumber(point.y.low), csvNumber(point.y.high)});
  return out;
}

}  // namespace attune
