#include "core/report/report_parts.h"

namespace attune {

ReportSection claimsSection(const ReportSource& source) {
  ReportSection section;
  section.heading = "What the usual article says";
  section.paragraphs.push_back(
      "Held against these runs, and experiments on the same data and base: another base model, other data or "
      "other settings can turn each of them round.");
  ReportTable table{"Claims about fine-tuning and prompts", {"Claim", "Here", "Numbers", "How"}, {}, {}, {}};
  table.numeric.assign(table.columns.size(), false);
  for (const Claim& claim : source.claims)
    table.rows.push_back({claim.text, claimWordText(claim.word), claim.effect, claim.why});
  section.tables.push_back(std::move(table));
  for (const Claim& claim : source.claims) section.figures.push_back(claimFigureName(claim.name));
  return section;
}

}  // namespace attune
