#pragma once

#include <string>
#include <vector>

#include "core/report/comparison.h"

namespace attune {

// A picture as data: drawn as SVG by the writers of core, as PNG and PDF by the window with the same
// geometry.
struct FigureRow {
  std::string title;
  int slot = 0;
  double mean = 0, low = 0, high = 0;  // accuracy, 0–1
  std::vector<double> seeds;           // single accuracies
  double trainableParameters = 0;
  double trainSeconds = 0;
  double peakBytes = 0;
  double storedBytes = 0;
};
struct Curve {
  std::string title;
  int slot = 0;
  std::uint64_t seed = 0;
  std::vector<double> x;  // optimiser step
  std::vector<double> y;  // validation accuracy, 0–1
};

struct ReportTable {
  std::string caption;
  std::vector<std::string> columns;
  std::vector<bool> numeric;  // right-aligned
  std::vector<std::vector<std::string>> rows;
  std::vector<bool> strong = {};  // rows that are not clearly worse than the best; empty: none
};

struct ReportSection {
  std::string heading;
  std::vector<std::string> paragraphs;
  std::vector<ReportTable> tables;
  std::vector<std::string> figures = {};  // names, in their order
};

// A drawn picture with the numbers in it.
struct ReportFigure {
  std::string name;  // of its files: "comparison", "curves", "claim_storage"
  std::string title;
  std::string svg;
  std::string csv;
};

struct ReportOptions {
  int exampleRows = 12;    // examples shown a group
  bool anonymise = false;  // texts replaced by their length
};

// The content of a report, independent of its format. The same comparison gives the same report, byte for
// byte.
struct Report {
  std::string title;
  std::string question;
  std::vector<ReportSection> sections;  // verdict, table, examples, how it was done, limits, provenance
  std::vector<FigureRow> figure;
  std::vector<Curve> curves;
  std::vector<ReportFigure> figures;

  const ReportFigure* find(const std::string& figureName) const;  // nullptr: it could not be drawn
  Json data;  // attune.report/1: every number, from which all formats can be made again
};

Report makeReport(Store& store, StudyId study, const ReportOptions& options = {});
// The same report from its `data` alone, without the project. Throws Error(kInvalidInput) naming what is
// missing or wrong.
Report reportFromJson(const Json& data);

std::string figureSvg(const std::vector<FigureRow>& rows);  // the aligned picture
std::string curvesSvg(const std::vector<Curve>& curves);
// Their numbers: a line a seed, a line a point.
std::string figureCsv(const std::vector<FigureRow>& rows);
std::string curvesCsv(const std::vector<Curve>& curves);

// A table to be pasted elsewhere: GitHub's Markdown, and a tabular of LaTeX with the rules of booktabs.
std::string tableMarkdown(const ReportTable& table);
std::string tableLatex(const ReportTable& table);

std::string writeHtml(const Report& report);  // one file, inline SVG, no script
std::string writeMarkdown(const Report& report);
std::string writeCsv(const Report& report);    // the comparison table
std::string writeLatex(const Report& report);  // a document with booktabs
// A workbook: summary, pairs, runs, metrics, predictions, provenance. Numbers are numbers, texts are texts,
// nothing is a formula. Throws Error(kIo).
std::string writeXlsx(const Report& report);

struct WrittenFile {
  std::string path;
  std::int64_t bytes = 0;
  std::string sha256;
};
// Writes `formats` ("html", "md", "csv", "xlsx", "latex", "json", "svg": the figures and their numbers) to
// `out`: a folder, or one file when one format is asked for and `out` ends in its suffix. Throws
// Error(kUsage) for a format that core cannot write.
std::vector<WrittenFile> writeReport(const Report& report, const std::string& out,
                                     const std::vector<std::string>& formats);

}  // namespace attune
