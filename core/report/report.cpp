#include "core/report/report.h"

#include "core/base/text.h"
#include "core/report/experiment_judge.h"
#include "core/report/number_text.h"
#include "core/report/report_parts.h"

namespace attune {
namespace {

std::vector<FigureRow> figureRows(const Comparison& comparison) {
  std::vector<FigureRow> rows;
  for (const Configuration& c : comparison.configurations)
    rows.push_back({c.title, c.slot, c.mean, c.low, c.high, c.accuracies,
                    static_cast<double>(c.cost.trainableParameters), c.cost.knownTrainSeconds(),
                    static_cast<double>(c.cost.peakBytes), static_cast<double>(c.cost.storedBytes)});
  return rows;
}

std::vector<Curve> validationCurves(Store& store, const Comparison& comparison) {
  std::vector<Curve> curves;
  for (const Configuration& configuration : comparison.configurations)
    for (std::size_t k = 0; k < configuration.runs.size(); ++k) {
      if (!configuration.runs[k]) continue;
      Curve curve{configuration.title, configuration.slot, configuration.seeds[k], {}, {}};
      for (const RunScored& point : store.validationCurve(configuration.runs[k])) {
        const auto accuracy = point.scores.find("accuracy");
        if (point.isFinal || accuracy == point.scores.end()) continue;
        curve.x.push_back(static_cast<double>(point.step));
        curve.y.push_back(accuracy->second);
      }
      if (curve.x.size() > 1) curves.push_back(std::move(curve));
    }
  return curves;
}

Json toJson(const std::vector<ReportSection>& sections) {
  Json list = Json::array();
  for (const ReportSection& section : sections) {
    Json tables = Json::array();
    for (const ReportTable& table : section.tables) {
      Json rows = Json::array();
      for (const auto& row : table.rows) rows.push(Json::list(row));
      Json numeric = Json::array();
      for (const bool isNumeric : table.numeric) numeric.push(isNumeric);
      tables.push(Json()
                      .set("caption", table.caption)
                      .set("columns", Json::list(table.columns))
                      .set("numeric", std::move(numeric))
                      .set("rows", std::move(rows)));
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
  data.set("curves", toJson(report.curves));
  data.set("sections", toJson(report.sections));
  return data;
}

}  // namespace

const ReportFigure* Report::find(const std::string& figureName) const {
  for (const ReportFigure& figureOf : figures)
    if (figureOf.name == figureName) return &figureOf;
  return nullptr;
}

Report makeReport(Store& store, StudyId study, const ReportOptions& options) {
  const Comparison comparison = Comparison::load(store, study);
  const std::vector<Run> runs = store.runs(study);
  const ReportSource source{comparison, runs, options, choose(comparison),
                            claimBoard(store, comparison, runs)};
  Report report;
  report.title = "Comparison of tuning methods: " +
                 (comparison.study.name.empty() ? comparison.dataset.name : comparison.study.name);
  report.question = comparison.study.question.empty()
                        ? "Which way of tuning should be used for ‘" + comparison.dataset.name + "’?"
                        : comparison.study.question;
  report.sections = {answerSection(source), examplesSection(source), claimsSection(source),
                     methodSection(source), limitsSection(source),   provenanceSection(source)};
  report.figure = figureRows(comparison);
  report.curves = validationCurves(store, comparison);
  report.figures.push_back(
      {"comparison", "Accuracy and cost of each method", figureSvg(report.figure), figureCsv(report.figure)});
  if (!report.curves.empty())
    report.figures.push_back({"curves", "Validation accuracy during training", curvesSvg(report.curves),
                              curvesCsv(report.curves)});
  for (const Claim& claim : source.claims)
    if (!claim.picture.empty() && claim.word != ClaimWord::kNotMeasured)
      report.figures.push_back({claimFigureName(claim), claim.picture.title, pictureSvg(claim.picture),
                                pictureCsv(claim.picture)});
  report.data = reportData(source, report);
  return report;
}

}  // namespace attune
