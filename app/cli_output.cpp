#include "app/cli_output.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/base/text.h"

namespace attune {

int exitCodeFor(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::kUsage:
      return kUsage;
    case ErrorKind::kInvalidInput:
    case ErrorKind::kUnsupported:
    case ErrorKind::kNotFound:
      return kInvalidInput;
    case ErrorKind::kIncomparable:
      return kNotComparable;
    default:
      return kFailed;
  }
}

void throwFirstError(const std::vector<Diagnostic>& diagnostics) {
  for (const Diagnostic& d : diagnostics) {
    if (d.severity != Severity::kError) continue;
    Error error(ErrorKind::kInvalidInput, d.file.empty() ? d.message : d.file + ": " + d.message, d.hint);
    throw error.inFile(d.file).atRow(d.row);
  }
}

void Output::document(const char* schema, const Json& content) const {
  Json document = Json().set("schema", schema);
  for (const auto& [name, value] : content.members()) document.set(name, value);
  const std::string text = document.dump(2) + "\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void Output::line(const std::string& text) const {
  if (!json) std::fprintf(stdout, "%s\n", text.c_str());
}

void Output::say(const std::string& text) const {
  if (!quiet) std::fprintf(stderr, "%s\n", text.c_str());
}

void Output::diagnostics(const std::vector<Diagnostic>& diagnostics) const {
  for (const Diagnostic& d : diagnostics) {
    if (quiet && d.severity != Severity::kError) continue;
    std::fprintf(stderr, "%s: %s\n", severityName(d.severity), d.message.c_str());
    if (!d.hint.empty()) std::fprintf(stderr, "  %s\n", d.hint.c_str());
  }
}

void Output::error(const Error& error) const {
  std::fprintf(stderr, "error: %s\n", error.what());
  if (!error.hint().empty()) std::fprintf(stderr, "  %s\n", error.hint().c_str());
  if (!json) return;
  Json content = Json()
                     .set("kind", errorKindName(error.kind()))
                     .set("message", error.what())
                     .set("hint", error.hint())
                     .set("file", error.file())
                     .set("row", error.row() < 0 ? Json() : Json(error.row()))
                     .set("offset", error.offset() < 0 ? Json() : Json(error.offset()));
  document("attune.error/1", content);
}

bool Output::showsProgress() const { return !quiet && ::isatty(STDERR_FILENO) == 1; }

Json filesJson(const std::vector<WrittenFile>& files) {
  Json list = Json::array();
  for (const WrittenFile& file : files)
    list.push(Json().set("path", file.path).set("bytes", file.bytes).set("sha256", file.sha256));
  return list;
}

Json filesJson(const std::vector<std::string>& paths) {
  std::vector<WrittenFile> files;
  for (const std::string& path : paths) files.push_back({path, fileSize(path), sha256File(path)});
  return filesJson(files);
}

std::string textTable(const std::vector<std::vector<std::string>>& rows,
                      const std::vector<bool>& rightAligned) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (widths.size() <= c) widths.push_back(0);
      widths[c] = std::max(widths[c], countCodePoints(row[c]));
    }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string pad(widths[c] - countCodePoints(row[c]), ' ');
      if (c) line += "  ";
      line += c < rightAligned.size() && rightAligned[c] ? pad + row[c] : row[c] + pad;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace attune
