#include <algorithm>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/base/text.h"
#include "core/report/write_markdown.h"

namespace attune {
namespace {

constexpr const char* kFormats[] = {"html", "md", "csv", "xlsx", "latex", "json", "svg"};

std::string suffixOf(const std::string& format) { return format == "latex" ? "tex" : format; }

struct Content {
  std::string name;  // within the folder
  std::string text;
};

std::string textOf(const Report& report, const std::string& format) {
  if (format == "html") return writeHtml(report);
  if (format == "md") return writeMarkdown(report);
  if (format == "csv") return writeCsv(report);
  if (format == "xlsx") return writeXlsx(report);
  if (format == "latex") return writeLatex(report);
  if (format == "json") return report.data.dump(1) + "\n";
  return report.figures.empty() ? std::string() : report.figures.front().svg;
}

std::vector<Content> folderContents(const Report& report, const std::string& format) {
  if (format == "svg") {
    std::vector<Content> plots;
    for (const ReportFigure& figure : report.figures) {
      plots.push_back({"plots/" + figure.name + ".svg", figure.svg});
      plots.push_back({"plots/" + figure.name + ".csv", figure.csv});
    }
    return plots;
  }
  if (format != "md") return {{"report." + suffixOf(format), textOf(report, format)}};
  std::vector<Content> contents = folderContents(report, "svg");
  contents.insert(contents.begin(), Content{"report.md", writeMarkdown(report, "plots")});
  return contents;
}

void checkFormats(const std::vector<std::string>& formats) {
  const std::vector<std::string> known(std::begin(kFormats), std::end(kFormats));
  if (formats.empty())
    throw Error(ErrorKind::kUsage, "no format is given for the report",
                "Give one or more of " + joinText(known, ", ") + ".");
  for (const std::string& format : formats)
    if (std::find(known.begin(), known.end(), format) == known.end())
      throw Error(ErrorKind::kUsage, "'" + format + "' is not a format that a report can be written in here",
                  "Give one or more of " + joinText(known, ", ") + ".");
}

WrittenFile writeOne(const std::string& path, const std::string& text) {
  writeFileAtomically(path, text);
  return {path, static_cast<std::int64_t>(text.size()), sha256(text)};
}

}  // namespace

std::vector<WrittenFile> writeReport(const Report& report, const std::string& out,
                                     const std::vector<std::string>& formats) {
  checkFormats(formats);
  std::error_code ignored;
  const bool isFolder = std::filesystem::is_directory(out, ignored);
  if (formats.size() == 1 && !isFolder && out.ends_with("." + suffixOf(formats[0])))
    return {writeOne(out, textOf(report, formats[0]))};

  std::vector<WrittenFile> files;
  for (const std::string& format : formats)
    for (const Content& content : folderContents(report, format)) {
      const std::string path = (std::filesystem::path(out) / content.name).string();
      const bool written =
          std::any_of(files.begin(), files.end(), [&](const WrittenFile& file) { return file.path == path; });
      if (!written) files.push_back(writeOne(path, content.text));
    }
  return files;
}

}  // namespace attune
