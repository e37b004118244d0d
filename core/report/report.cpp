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
  report.data = reportData(source, report);
  drawFigures(report);
  return report;
}

}  // namespace attune
