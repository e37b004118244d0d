#include "core/report/markup.h"
#include "core/report/palette.h"
#include "core/report/report.h"

namespace attune {
namespace {

std::string styleSheet() {
  std::string css =
      ":root{color-scheme:light dark}"
      "body{font:16px/1.5 system-ui,'DejaVu Sans',sans-serif;max-width:64rem;margin:0 auto;padding:1.5rem}"
      "h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem}h2{font-size:1.25rem;margin:2.5rem 0 .5rem}"
      ".question{font-size:1.1rem;margin:0 0 1.5rem}.verdict{font-size:1.1rem;padding:1rem "
      "1.25rem;border-radius:6px}"
      ".wide{overflow-x:auto;margin:1.25rem 0}table{border-collapse:collapse;font-size:.875rem;"
      "font-variant-numeric:tabular-nums}caption{text-align:start;font-weight:600;padding:.25rem 0}"
      "th,td{padding:.3rem .65rem;text-align:start;vertical-align:top;border-bottom:1px solid;"
      "overflow-wrap:anywhere;white-space:pre-line;min-width:3.5rem}"
      "th[scope=row]{font-weight:600}.n{text-align:end;white-space:nowrap}svg{max-width:100%;height:auto}";
  const auto colours = [](const char* paper, const char* ink, const char* line, const char* card) {
    std::string rules =
        std::string("body{background:") + paper + ";color:" + ink + "}th,td{border-color:" + line;
    return rules + "}.verdict{background:" + card + "}";
  };
  css += colours(kLightPaper, kLightInk, "#d5d8de", "#eef2f8");
  css += "@media screen and (prefers-color-scheme:dark){" +
         colours(kDarkPaper, kDarkInk, "#454a54", "#262b35") + "}";
  css +=
      "@media print{:root{color-scheme:light}body{max-width:none;padding:0;font-size:10pt}"
      ".page{break-before:page}.wide{overflow:visible}table{font-size:8pt}tr,svg,.verdict{break-inside:avoid}"
      "thead{display:table-header-group}.verdict{border:1px solid #555}}@page{margin:15mm}";
  return css;
}

void writeTable(Markup& out, const ReportTable& table) {
  out.open("div", {{"class", "wide"}}).open("table").leaf("caption", table.caption).line();
  out.open("thead").open("tr");
  for (std::size_t k = 0; k < table.columns.size(); ++k) {
    Markup::Attributes attributes{{"scope", "col"}};
    if (table.numeric[k]) attributes.emplace_back("class", "n");
    out.leaf("th", table.columns[k], attributes);
  }
  out.close().close().line().open("tbody").line();
  for (const auto& row : table.rows) {
    out.open("tr");
    for (std::size_t k = 0; k < row.size(); ++k) {
      // The data decides its own direction, cell by cell.
      Markup::Attributes attributes{{"dir", "auto"}};
      if (table.numeric[k]) attributes.emplace_back("class", "n");
      if (k == 0) attributes.emplace_back("scope", "row");
      out.leaf(k == 0 ? "th" : "td", row[k], attributes);
    }
    out.close().line();
  }
  if (table.rows.empty()) {
    out.open("tr").leaf("td", "none", {{"colspan", std::to_string(table.columns.size())}}).close().line();
  }
  out.close().close().close().line();
}

void writeSection(Markup& out, const Report& report, const ReportSection& section, bool first) {
  out.open("section", {{"class", section.heading == "Limits" || first ? "part" : "part page"}}).line();
  out.leaf("h2", section.heading).line();
  bool verdict = first;
  for (const std::string& paragraph : section.paragraphs) {
    out.leaf("p", paragraph, {{"class", verdict ? "verdict" : "text"}, {"dir", "auto"}}).line();
    verdict = false;
  }
  for (const std::string& name : section.figures)
    if (const ReportFigure* figure = report.find(name))
      out.open("div", {{"class", "wide"}}).trusted(figure->svg).close();
  out.line();
  for (const ReportTable& table : section.tables) writeTable(out, table);
  out.close().line();
}

}  // namespace

std::string writeHtml(const Report& report) {
  Markup out;
  out.trusted("<!DOCTYPE html>\n").open("html", {{"lang", "en"}}).line().open("head").line();
  out.empty("meta", {{"charset", "utf-8"}}).line();
  out.empty("meta", {{"http-equiv", "Content-Security-Policy"},
                     {"content", "default-src 'none'; style-src 'unsafe-inline'; img-src data:"}})
      .line();
  out.empty("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}}).line();
  out.leaf("title", report.title).line();
  out.open("style").trusted(styleSheet()).close().line().close().line();
  out.open("body").line().leaf("h1", report.title, {{"dir", "auto"}}).line();
  out.leaf("p", report.question, {{"class", "question"}, {"dir", "auto"}}).line();
  for (std::size_t k = 0; k < report.sections.size(); ++k)
    writeSection(out, report, report.sections[k], k == 0);
  return out.take() + "\n";
}

}  // namespace attune
