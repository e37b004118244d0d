#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "core/base/text.h"
#include "core/report/report.h"

namespace attune {
namespace {

constexpr std::array<std::pair<char32_t, const char*>, 22> kSymbols{{{U'–', "--"},
                                                                     {U'—', "---"},
                                                                     {U'‘', "`"},
                                                                     {U'’', "'"},
                                                                     {U'“', "``"},
                                                                     {U'”', "''"},
                                                                     {U'−', "$-$"},
                                                                     {U'±', "$\\pm$"},
                                                                     {U'×', "$\\times$"},
                                                                     {U'·', "$\\cdot$"},
                                                                     {U'≈', "$\\approx$"},
                                                                     {U'≤', "$\\le$"},
                                                                     {U'≥', "$\\ge$"},
                                                                     {U'→', "$\\rightarrow$"},
                                                                     {U'▲', "$\\blacktriangle$"},
                                                                     {U'▼', "$\\blacktriangledown$"},
                                                                     {U'•', "\\textbullet{}"},
                                                                     {U'…', "\\dots{}"},
                                                                     {U'√', "$\\surd$"},
                                                                     {U'✓', "$\\checkmark$"},
                                                                     {U'✗', "$\\times$"},
                                                                     {U'\u00a0', "~"}}};

// One code point of valid UTF-8 as LaTeX says it. What no Latin font has is printed by engines that know
// Unicode and named by its number in others.
void escape(char32_t c, std::string_view bytes, std::string& out) {
  switch (c) {
    case U'\\':
      out += "\\textbackslash{}";
      return;
    case U'~':
      out += "\\textasciitilde{}";
      return;
    case U'^':
      out += "\\textasciicircum{}";
      return;
    case U'<':
      out += "\\textless{}";
      return;
    case U'>':
      out += "\\textgreater{}";
      return;
    case U'|':
      out += "\\textbar{}";
      return;
    case U'"':
      out += "\\textquotedbl{}";
      return;
    default:
      break;
  }
  if (c < 0x20 || c == 0x7F) {
    out += ' ';
  } else if (c < 0x7F) {
    if (std::string_view("#$%&_{}").find(static_cast<char>(c)) != std::string_view::npos) out += '\\';
    out += static_cast<char>(c);
    // Two of them in a row would be another sign.
    if (c == U'-' || c == U'`' || c == U'\'' || c == U',') out += "{}";
  } else if (const auto* known =
                 std::find_if(kSymbols.begin(), kSymbols.end(), [&](const auto& s) { return s.first == c; });
             known != kSymbols.end()) {
    out += known->second;
  } else if (c >= 0xC0 && c <= 0x17F) {  // Latin letters with accents
    out += bytes;
  } else {
    char number[16];
    std::snprintf(number, sizeof number, "%04X", static_cast<unsigned>(c));
    out += "\\attunechar{" + std::string(number) + "}";
  }
}

std::string escape(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    std::size_t length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
    length = std::min(length, text.size() - at);
    char32_t c = length == 1 ? first : first & (0xFF >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) c = c << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3F);
    if (length == 1 && first >= 0x80) c = U'\uFFFD';
    escape(c, std::string_view(text).substr(at, length), out);
    at += length;
  }
  return out;
}

// A text wider than this would run off the page: its column gets a fixed width and breaks its lines.
constexpr std::size_t kWide = 28;

void writeTable(const ReportTable& table, std::string& out) {
  std::string columns;
  std::size_t wide = 0;
  std::vector<bool> breaks(table.columns.size(), false);
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    for (const auto& row : table.rows) breaks[c] = breaks[c] || row[c].size() > kWide;
    wide += breaks[c];
  }
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    if (breaks[c])
      columns += "p{" + formatFixed(0.68 / static_cast<double>(wide + (table.columns.size() - wide) / 4), 2) +
                 "\\linewidth}";
    else
      columns += table.numeric[c] ? "r" : "l";
  }
  const auto line = [&](const std::vector<std::string>& cells, bool strong) {
    for (std::size_t c = 0; c < cells.size(); ++c) {
      const std::string text = escape(cells[c]);
      out += (c > 0 ? " & " : "") + (strong && c < 3 ? "\\textbf{" + text + "}" : text);
    }
    out += " \\\\\n";
  };
  out += "\\paragraph{" + escape(table.caption) + ".}\\mbox{}\\par\n";
  if (table.rows.empty()) {
    out += "none\n\n";
    return;
  }
  // Letters that its columns need side by side.
  std::size_t letters = 0;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    std::size_t longest = table.columns[c].size();
    for (const auto& row : table.rows) longest = std::max(longest, std::min(row[c].size(), kWide));
    letters += longest + 2;
  }
  const bool turned = letters > 130;  // the page, for what is too wide for it
  const char* size = letters > 150 ? "\\scriptsize" : "\\footnotesize";
  out += (turned ? "\\begin{landscape}\n{" : "{") + std::string(size) +
         "\\setlength{\\tabcolsep}{2pt}\n\\begin{longtable}{@{}" + columns + "@{}}\n\\toprule\n";
  line(table.columns, false);
  out += "\\midrule\n\\endhead\n";
  for (std::size_t r = 0; r < table.rows.size(); ++r)
    line(table.rows[r], r < table.strong.size() && table.strong[r]);
  out += "\\bottomrule\n\\end{longtable}}\n";
  out += turned ? "\\end{landscape}\n\n" : "\n";
}

}  // namespace

std::string tableLatex(const ReportTable& table) {
  std::string out = "\\begin{tabular}{@{}";
  for (std::size_t c = 0; c < table.columns.size(); ++c) out += table.numeric[c] ? 'r' : 'l';
  out += "@{}}\n\\toprule\n";
  const auto line = [&](const std::vector<std::string>& cells) {
    for (std::size_t c = 0; c < cells.size(); ++c) out += (c > 0 ? " & " : "") + escape(cells[c]);
    out += " \\\\\n";
  };
  line(table.columns);
  out += "\\midrule\n";
  for (const auto& row : table.rows) line(row);
  return out + "\\bottomrule\n\\end{tabular}\n";
}

namespace {

constexpr const char* kPreamble = R"(\documentclass[a4paper,10pt]{article}
\usepackage[margin=2cm]{geometry}
\usepackage{iftex,booktabs,longtable,lscape,amssymb,textcomp}
\ifPDFTeX
  \usepackage[T1]{fontenc}
  \usepackage[utf8]{inputenc}
  \newcommand{\attunechar}[1]{[U+#1]}
\else
  \usepackage{fontspec}
  \newcommand{\attunechar}[1]{\char"#1 }
  \providecommand{\textquotedbl}{\char"0022 }
\fi
\setlength{\parindent}{0pt}\setlength{\parskip}{4pt}
\begin{document}
)";

}  // namespace

std::string writeLatex(const Report& report) {
  std::string out = kPreamble;
  out += "\\section*{" + escape(report.title) + "}\n\n" + escape(report.question) + "\n\n";
  for (const ReportSection& section : report.sections) {
    out += "\\subsection*{" + escape(section.heading) + "}\n\n";
    for (const std::string& text : section.paragraphs) out += escape(text) + "\n\n";
    for (const ReportTable& table : section.tables) writeTable(table, out);
  }
  return out + "\\end{document}\n";
}

}  // namespace attune
