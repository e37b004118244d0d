#include <cmath>

#include "core/base/error.h"
#include "core/report/number_text.h"
#include "core/report/picture.h"
#include "core/report/report_parts.h"

// attune.report/1: every number of a report, and its sections, from which all formats are made again.
namespace attune {
namespace {

Json flags(const std::vector<bool>& values) {
  Json list = Json::array();
  for (const bool value : values) list.push(value);
  return list;
}
std::vector<bool> flags(const Json* list) {
  std::vector<bool> values;
  if (list)
    for (const Json& value : list->items()) values.push_back(value.asBool());
  return values;
}
std::vector<double> numbers(const Json& list) {
  std::vector<double> values;
  for (const Json& value : list.items()) values.push_back(value.isNumber() ? value.asDouble() : NAN);
  return values;
}

Json toJson(const std::vector<FigureRow>& rows) {
  Json list = Json::array();
  for (const FigureRow& row : rows)
    list.push(Json()
                  .set("title", row.title)
                  .set("slot", row.slot)
                  .set("mean", row.mean)
                  .set("low", row.low)
                  .set("high", row.high)
                  .set("seeds", Json::list(row.seeds))
                  .set("trained_numbers", row.trainableParameters)
                  .set("train_seconds", row.trainSeconds)
                  .set("peak_bytes", row.peakBytes)
                  .set("stored_bytes", row.storedBytes));
  return list;
}

Json toJson(const std::vector<ReportSection>& sections) {
  Json list = Json::array();
  for (const ReportSection& section : sections) {
    Json tables = Json::array();
    for (const ReportTable& table : section.tables) {
      Json rows = Json::array();
      for (const auto& row : table.rows) rows.push(Json::list(row));
      tables.push(Json()
                      .set("caption", table.caption)
                      .set("columns", Json::list(table.columns))
                      .set("numeric", flags(table.numeric))
                      .set("rows", std::move(rows))
                      .set("strong", flags(table.strong)));
    }
    list.push(Json()
                  .set("heading", section.heading)
                  .set("paragraphs", Json::list(section.paragraphs))
                  .set("tables", std::move(tables))
                  .set("figures", Json::list(section.figures)));
  }
  return list;
}

Json toJson(const std::vector<Curve>& curves) {
  Json list = Json::array();
  for (const Curve& curve : curves)
    list.push(Json()
                  .set("title", curve.title)
                  .set("slot", curve.slot)
                  .set("seed", static_cast<std::int64_t>(curve.seed))
                  .set("step", Json::list(curve.x))
                  .set("accuracy", Json::list(curve.y)));
  return list;
}

// Which test example got which answer: everything that the intervals are made from.
void addAnswers(const Comparison& comparison, Json& data) {
  Json items = Json::array();
  for (const StoredExample& item : comparison.testItems)
    items.push(Json().set("row", item.row).set("line", item.line).set("label", item.label));
  Json answers = Json::array();
  for (const Configuration& configuration : comparison.configurations) {
    Json seeds = Json::array();
    for (std::size_t k = 0; k < configuration.predicted.size(); ++k)
      seeds.push(Json()
                     .set("seed", static_cast<std::int64_t>(configuration.seeds[k]))
                     .set("predicted", Json::list(configuration.predicted[k])));
    answers.push(Json().set("title", configuration.title).set("seeds", std::move(seeds)));
  }
  data.set("items", std::move(items)).set("answers", std::move(answers));
}

}  // namespace

Json reportData(const ReportSource& source, const Report& report) {
  const Comparison& comparison = source.comparison;
  Json data = Json()
                  .set("schema", "attune.report/1")
                  .set("title", report.title)
                  .set("question", report.question)
                  .set("made", dateText(comparison.study.createdMs))
                  .set("attune", ATTUNE_VERSION);
  const Json numbers = comparisonToJson(comparison, source.runs);
  for (const auto& [key, value] : numbers.members()) {
    if (key != "configurations") {
      data.set(key, value);
      continue;
    }
    Json list = Json::array();
    for (std::size_t c = 0; c < value.items().size(); ++c) {
      Json configuration = value.items()[c];
      const bool compared =
          source.choice.recommended < value.items().size() && c != source.choice.recommended;
      configuration.set("against_recommended",
                        compared ? pairWordName(comparison.word(c, source.choice.recommended)) : "");
      list.push(std::move(configuration));
    }
    data.set(key, std::move(list));
  }
  data.set("bootstrap", Json()
                            .set("draws", BootstrapOptions{}.draws)
                            .set("seed", static_cast<std::int64_t>(BootstrapOptions{}.seed.value)));
  addAnswers(comparison, data);
  data.set("claims", claimsToJson(source.claims));
  data.set("figure", toJson(report.figure));
  data.set("curves", toJson(report.curves));
  data.set("sections", toJson(report.sections));
  return data;
}

void drawFigures(Report& report) {
  report.figures = {
      {"comparison", "Accuracy and cost of each method", figureSvg(report.figure), figureCsv(report.figure)}};
  if (!report.curves.empty())
    report.figures.push_back({"curves", "Validation accuracy during training", curvesSvg(report.curves),
                              curvesCsv(report.curves)});
  const Json* claims = report.data.find("claims");
  if (!claims) return;
  for (const Json& claim : claims->items()) {
    const Json* json = claim.find("picture");
    const Picture picture = json ? pictureFromJson(*json) : Picture{};
    if (!picture.empty())
      report.figures.push_back({claimFigureName(claim.at("name").asString()), picture.title,
                                pictureSvg(picture), pictureCsv(picture)});
  }
}

Report reportFromJson(const Json& data) {
  if (data.stringOr("schema", "") != "attune.report/1")
    throw Error(ErrorKind::kInvalidInput, "this is no report of Attune (schema attune.report/1)",
                "Use the report.json that a report was written with.");
  Report report;
  report.title = data.at("title").asString();
  report.question = data.at("question").asString();
  for (const Json& one : data.at("sections").items()) {
    ReportSection section;
    section.heading = one.at("heading").asString();
    section.paragraphs = one.at("paragraphs").texts();
    section.figures = one.at("figures").texts();
    for (const Json& t : one.at("tables").items()) {
      ReportTable table{t.at("caption").asString(),
                        t.at("columns").texts(),
                        flags(t.find("numeric")),
                        {},
                        flags(t.find("strong"))};
      for (const Json& row : t.at("rows").items()) {
        table.rows.push_back(row.texts());
        table.rows.back().resize(table.columns.size());
      }
      table.numeric.resize(table.columns.size());
      if (!table.strong.empty()) table.strong.resize(table.rows.size());
      section.tables.push_back(std::move(table));
    }
    report.sections.push_back(std::move(section));
  }
  for (const Json& r : data.at("figure").items())
    report.figure.push_back({r.at("title").asString(), static_cast<int>(r.intOr("slot", 0)),
                             r.numberOr("mean", NAN), r.numberOr("low", NAN), r.numberOr("high", NAN),
                             numbers(r.at("seeds")), r.numberOr("trained_numbers", 0),
                             r.numberOr("train_seconds", 0), r.numberOr("peak_bytes", 0),
                             r.numberOr("stored_bytes", 0)});
  for (const Json& c : data.at("curves").items()) {
    Curve curve{c.at("title").asString(), static_cast<int>(c.intOr("slot", 0)),
                static_cast<std::uint64_t>(c.intOr("seed", 0)), numbers(c.at("step")),
                numbers(c.at("accuracy"))};
    if (curve.x.size() != curve.y.size())
      throw Error(ErrorKind::kInvalidInput,
                  "a curve of the report has " + std::to_string(curve.x.size()) + " steps and " +
                      std::to_string(curve.y.size()) + " values",
                  "Use the file as it was written.");
    report.curves.push_back(std::move(curve));
  }
  report.data = data;
  drawFigures(report);
  return report;
}

}  // namespace attune
