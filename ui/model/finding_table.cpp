#include "ui/model/finding_table.h"

#include <QCoreApplication>

#include "ui/text.h"

namespace attune {

namespace {

QString text(const char* source) { return QCoreApplication::translate("FindingTable", source); }

Cell severityCell(Severity severity) {
  Cell cell;
  switch (severity) {
    case Severity::kError:
      cell = textCell(text("✖ Error"));
      cell.tone = Tone::kBad;
      break;
    case Severity::kWarning:
      cell = textCell(text("▲ Warning"));
      cell.tone = Tone::kWarning;
      break;
    case Severity::kInfo:
      cell = textCell(text("ℹ Note"));
      cell.tone = Tone::kQuiet;
      break;
  }
  return cell;
}

QString linesText(const Diagnostic& diagnostic) {
  constexpr std::size_t kShown = 6;
  if (diagnostic.rows.empty()) return diagnostic.row > 0 ? QString::number(diagnostic.row) : QString();
  QStringList parts;
  for (std::size_t i = 0; i < diagnostic.rows.size() && i < kShown; ++i) {
    parts.append(QString::number(diagnostic.rows[i]));
  }
  if (diagnostic.rows.size() > kShown) parts.append(QStringLiteral("…"));
  return parts.join(QStringLiteral(", "));
}

}  // namespace

CellTable findingTable(const std::vector<Diagnostic>& diagnostics) {
  CellTable table;
  table.columns = {text("Kind"), text("What was found"), text("Lines")};
  table.numeric = {false, false, false};
  int number = 0;
  for (const Diagnostic& diagnostic : diagnostics) {
    CellRow row;
    row.key = QStringLiteral("%1/%2").arg(toQt(diagnostic.rule)).arg(number++);
    row.cells.push_back(severityCell(diagnostic.severity));
    QString message = toQt(diagnostic.message);
    if (!diagnostic.hint.empty()) message += QLatin1Char(' ') + toQt(diagnostic.hint);
    row.cells.push_back(textCell(message));
    row.cells.push_back(textCell(linesText(diagnostic)));
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace attune
