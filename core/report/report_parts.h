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

// A text of the dataset as the report may show it.
std::string shownText(const std::string& text, const ReportOptions& options);

}  // namespace attune
