#include <xlsxwriter.h>

#include <cmath>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/report/report.h"
#include "core/report/summary_columns.h"

namespace attune {
namespace {

constexpr std::size_t kMostText = 32'767;  // characters of a cell
constexpr lxw_row_t kMostRows = 1'048'576;

// One sheet, filled from the top. Texts are written as texts, whatever they begin with: nothing is ever a
// formula. Numbers are numbers.
class Sheet {
 public:
  Sheet(lxw_workbook* book, const char* name, lxw_format* bold)
      : sheet_(workbook_add_worksheet(book, name)), bold_(bold) {}

  void head(const std::vector<std::string>& columns) {
    for (const std::string& column : columns) {
      worksheet_write_string(sheet_, 0, column_, column.c_str(), bold_);
      worksheet_set_column(sheet_, column_, column_, column_ == 0 ? 24 : 14, nullptr);
      ++column_;
    }
    columns_ = column_;
    worksheet_freeze_panes(sheet_, 1, 0);
    next();
  }
  void text(const std::string& text) {
    if (!text.empty() && row_ < kMostRows) {
      // Cut between characters.
      std::string shown = text.substr(0, kMostText);
      while (shown.size() < text.size() && !shown.empty() &&
             (static_cast<unsigned char>(text[shown.size()]) & 0xC0) == 0x80)
        shown.pop_back();
      worksheet_write_string(sheet_, row_, column_, shown.c_str(), nullptr);
    }
    ++column_;
  }
  void number(double number) {
    if (std::isfinite(number) && row_ < kMostRows)
      worksheet_write_number(sheet_, row_, column_, number, nullptr);
    ++column_;
  }
  // What the JSON holds: empty where it holds nothing.
  void value(const Json* value) {
    if (value == nullptr || value->isNull())
      ++column_;
    else if (value->isString())
      text(value->asString());
    else if (value->isBool())
      text(value->asBool() ? "yes" : "no");
    else if (value->isNumber())
      number(value->asDouble());
    else
      text(value->dump());
  }
  void next() {
    ++row_;
    column_ = 0;
  }
  void finish() {
    if (row_ > 1 && columns_ > 0)
      worksheet_autofilter(sheet_, 0, 0, std::min(row_, kMostRows) - 1, static_cast<lxw_col_t>(columns_ - 1));
  }

 private:
  lxw_worksheet* sheet_;
  lxw_format* bold_;
  lxw_row_t row_ = 0;
  lxw_col_t column_ = 0;
  lxw_col_t columns_ = 0;
};

void fillSummary(Sheet sheet, const Json& data) {
  std::vector<std::string> columns(kSummaryColumns.begin(), kSummaryColumns.end());
  columns.insert(columns.end(), kSummaryCostColumns.begin(), kSummaryCostColumns.end());
  sheet.head(columns);
  for (const Json& configuration : data.at("configurations").items()) {
    for (const char* key : kSummaryColumns) sheet.value(configuration.find(key));
    const Json& cost = configuration.at("cost");
    for (const char* key : kSummaryCostColumns) sheet.value(cost.find(key));
    sheet.next();
  }
  sheet.finish();
}

void fillPairs(Sheet sheet, const Json& data) {
  const std::vector<std::string> keys{"a",
                                      "b",
                                      "word",
                                      "difference",
                                      "low",
                                      "high",
                                      "corrected_low",
                                      "corrected_high",
                                      "corrected_level",
                                      "p",
                                      "p_unadjusted",
                                      "p_mcnemar",
                                      "only_a",
                                      "only_b",
                                      "both_right",
                                      "both_wrong",
                                      "detectable_gap",
                                      "seed_error"};
  sheet.head(keys);
  for (const Json& pair : data.at("pairs").items()) {
    for (const std::string& key : keys) sheet.value(pair.find(key));
    sheet.next();
  }
  sheet.finish();
}

void fillRuns(Sheet sheet, const Json& data) {
  const std::vector<std::string> keys{"id",           "method",
                                      "seed",         "state",
                                      "reason",       "trainable_parameters",
                                      "stored_bytes", "train_seconds",
                                      "peak_bytes",   "tokens_per_second"};
  sheet.head(keys);
  for (const Json& run : data.at("runs").items()) {
    for (const std::string& key : keys) sheet.value(run.find(key));
    sheet.next();
  }
  sheet.finish();
}

void fillMetrics(Sheet sheet, const Json& data) {
  sheet.head({"run", "method", "seed", "metric", "value"});
  for (const Json& run : data.at("runs").items())
    for (const auto& [name, score] : run.at("scores").members()) {
      sheet.value(run.find("id"));
      sheet.value(run.find("method"));
      sheet.value(run.find("seed"));
      sheet.text(name);
      sheet.value(&score);
      sheet.next();
    }
  sheet.finish();
}

// A line an example, a column a method and seed: the label that was given.
void fillPredictions(Sheet sheet, const Json& data) {
  const std::vector<Json>& labels = data.at("dataset").at("labels").items();
  std::vector<std::string> columns{"row", "label"};
  std::vector<const std::vector<Json>*> answers;
  for (const Json& configuration : data.at("answers").items())
    for (const Json& seed : configuration.at("seeds").items()) {
      columns.push_back(configuration.at("title").asString() + ", seed " + seed.at("seed").dump());
      answers.push_back(&seed.at("predicted").items());
    }
  sheet.head(columns);
  const auto label = [&](const Json& number) {
    const std::int64_t at = number.asInt();
    sheet.text(at >= 0 && at < static_cast<std::int64_t>(labels.size())
                   ? labels[static_cast<std::size_t>(at)].asString()
                   : "?");
  };
  const std::vector<Json>& items = data.at("items").items();
  for (std::size_t i = 0; i < items.size(); ++i) {
    sheet.value(items[i].find("row"));
    label(items[i].at("label"));
    for (const auto* predicted : answers) label((*predicted)[i]);
    sheet.next();
  }
  sheet.finish();
}

void fillProvenance(Sheet sheet, const Report& report) {
  sheet.head({"what", "value"});
  const auto line = [&](const std::string& what, const std::string& value) {
    sheet.text(what);
    sheet.text(value);
    sheet.next();
  };
  line("Report", report.title);
  line("Question", report.question);
  for (const Json& sentence : report.data.at("verdict").at("sentences").items()) {
    line("Verdict", sentence.at("text").asString());
    line("Why", sentence.at("why").asString());
  }
  for (const ReportSection& section : report.sections)
    for (const ReportTable& table : section.tables)
      if (table.caption == "Provenance")
        for (const auto& row : table.rows) line(row[0], row[1]);
}

}  // namespace

std::string writeXlsx(const Report& report) {
  // The library writes files only.
  const std::filesystem::path path =
      temporaryNameFor((std::filesystem::temp_directory_path() / "attune-report.xlsx").string());
  struct Remove {
    const std::filesystem::path& path;
    ~Remove() {
      std::error_code ignored;
      std::filesystem::remove(path, ignored);
    }
  } remove{path};
  lxw_workbook* book = workbook_new(path.c_str());
  if (book == nullptr) throw Error(ErrorKind::kIo, path.string() + ": the workbook cannot be made");
  // A fixed date: the same report gives the same bytes.
  lxw_doc_properties properties{};
  std::string title = report.title;
  properties.title = title.data();
  properties.created = report.data.at("study").intOr("created_ms", 0) / 1000;
  if (properties.created == 0) properties.created = 1;
  workbook_set_properties(book, &properties);
  lxw_format* bold = workbook_add_format(book);
  format_set_bold(bold);
  fillSummary({book, "Summary", bold}, report.data);
  fillPairs({book, "Pairs", bold}, report.data);
  fillRuns({book, "Runs", bold}, report.data);
  fillMetrics({book, "Metrics", bold}, report.data);
  fillPredictions({book, "Predictions", bold}, report.data);
  fillProvenance({book, "Provenance", bold}, report);
  if (const lxw_error failed = workbook_close(book); failed != LXW_NO_ERROR)
    throw Error(ErrorKind::kIo,
                path.string() + ": the workbook cannot be written (" + lxw_strerror(failed) + ")",
                "Make room in the temporary folder.");
  return readFile(path.string());
}

}  // namespace attune
