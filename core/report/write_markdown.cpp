#include "core/report/write_markdown.h"

#include "core/base/text.h"

namespace attune {
namespace {

// Text that stands for itself in GitHub's Markdown, on one line.
std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (byte < 0x20 || byte == 0x7F)
      out += ' ';
    else {
      if (std::string_view("\\`*_{}[]|#~").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

// A paragraph must not begin a list or a heading.
std::string paragraph(std::string_view text) {
  std::string out = escape(trim(text));
  if (out.starts_with("• ")) return "- " + out.substr(std::string_view("• ").size());
  if (!out.empty() && std::string_view("-+=").find(out[0]) != std::string_view::npos)
    out.insert(out.begin(), '\\');
  return out;
}

}  // namespace

std::string tableMarkdown(const ReportTable& table) {
  std::string out;
  const auto line = [&](const std::vector<std::string>& cells) {
    out += "|";
    for (const std::string& cell : cells) out += " " + escape(cell) + " |";
    out += "\n";
  };
  line(table.columns);
  out += "|";
  for (const bool numeric : table.numeric) out += numeric ? " ---: |" : " --- |";
  out += "\n";
  for (const auto& row : table.rows) line(row);
  return out;
}

namespace {

void writeTable(const ReportTable& table, std::string& out) {
  out +=
      "**" + escape(table.caption) + "**\n\n" + (table.rows.empty() ? "none\n" : tableMarkdown(table)) + "\n";
}

}  // namespace

std::string writeMarkdown(const Report& report, const std::string& plotsFolder) {
  std::string out = "# " + escape(report.title) + "\n\n" + paragraph(report.question) + "\n";
  for (const ReportSection& section : report.sections) {
    out += "\n## " + escape(section.heading) + "\n\n";
    bool inList = false;
    for (const std::string& text : section.paragraphs) {
      const bool item = text.starts_with("• ");
      if (inList && !item) out += "\n";
      out += paragraph(text) + (item ? "\n" : "\n\n");
      inList = item;
    }
    if (inList) out += "\n";
    for (const std::string& name : section.figures)
      if (const ReportFigure* figure = report.find(name); figure && !plotsFolder.empty())
        out += "![" + escape(figure->title) + "](" + plotsFolder + "/" + name + ".svg)\n\n";
    for (const ReportTable& table : section.tables) writeTable(table, out);
    while (out.ends_with("\n\n")) out.pop_back();
  }
  return out;
}

std::string writeMarkdown(const Report& report) { return writeMarkdown(report, {}); }

}  // namespace attune
