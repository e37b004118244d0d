#pragma once

#include "core/report/claims.h"
#include "core/report/report.h"
#include "core/report/verdict_text.h"

// The sections of a report, one file each.
namespace attune {

// All that a report is made from.
struct ReportSource {
  const Comparison& comparison;
  const std::vector<Run>& runs;
  const ReportOptions& options;
  Choice choice;
  std::vector<Claim> claims;
};

ReportSection answerSection(const ReportSource& source);
ReportSection examplesSection(const ReportSource& source);
ReportSection claimsSection(const ReportSource& source);  // what the usual article says
ReportSection methodSection(const ReportSource& source);  // data, split, settings, runs, every pair, reasons
ReportSection limitsSection(const ReportSource& source);
ReportSection provenanceSection(const ReportSource& source);

// The report's numbers and sections; `report` has all but its data and figures.
Json reportData(const ReportSource& source, const Report& report);
// From its rows, curves and the pictures in its data.
void drawFigures(Report& report);

// A text of the dataset as the report may show it.
std::string shownText(const std::string& text, const ReportOptions& options);

}  // namespace attune
