#include "core/data/finding.h"

#include <algorithm>

#include "core/base/text.h"

namespace attune {

std::string countText(std::int64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string lineList(const std::vector<std::int64_t>& lines) {
  constexpr std::size_t kShown = 5;
  std::string text = lines.size() == 1 ? "line " : "lines ";
  const std::size_t shown = std::min(lines.size(), kShown);
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) text += i + 1 == lines.size() ? " and " : ", ";
    text += std::to_string(lines[i]);
  }
  if (lines.size() > shown) text += " and " + std::to_string(lines.size() - shown) + " more";
  return text;
}

std::string inQuotes(std::string_view text) {
  constexpr std::size_t kShown = 60;
  // A prefix is enough: four bytes a character at most.
  std::string_view head = text.substr(0, 4 * (kShown + 1));
  if (const auto bad = firstInvalidUtf8(head)) head = head.substr(0, *bad);
  std::string shown = elide(head, kShown);
  for (char& c : shown)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  return "'" + shown + "'";
}

void Findings::add(Diagnostic diagnostic) {
  if (!diagnostic.rows.empty()) diagnostic.row = diagnostic.rows.front();
  list_.push_back(std::move(diagnostic));
}

void sortBySeverity(std::vector<Diagnostic>& diagnostics) {
  std::stable_sort(diagnostics.begin(), diagnostics.end(),
                   [](const Diagnostic& a, const Diagnostic& b) { return a.severity > b.severity; });
}

}  // namespace attune
