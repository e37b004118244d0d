// Goes through all data files of the corpus of broken and unusual input and compares what is said about each
// with the corpus's index.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/base/file.h"
#include "core/base/json.h"
#include "core/data/import.h"
#include "tests/support/data_file.h"

namespace attune {
namespace {

std::filesystem::path badFolder() { return sharedFolder() / "fixtures" / "bad"; }

std::vector<std::string> dataEntries() {
  std::vector<std::string> names;
  const auto index = badFolder() / "index.json";
  if (!std::filesystem::exists(index)) return {"absent"};
  const Json entries = parseJson(readFile(index.string()), "index.json");
  for (const Json& entry : entries.items()) {
    if (entry.at("path").asString().starts_with("data/")) names.push_back(entry.at("path").asString());
  }
  return names;
}

Json entryOf(const std::string& path) {
  const Json entries = parseJson(readFile((badFolder() / "index.json").string()), "index.json");
  for (const Json& entry : entries.items()) {
    if (entry.at("path").asString() == path) return entry;
  }
  return {};
}

// The files are tiny. These rules are right about that and say nothing about whether the content is in order.
bool isAboutSize(const Diagnostic& d) {
  return d.rule == "rare_label" || d.rule == "few_test_rows" || d.rule == "label_in_one_split";
}

class BadFiles : public testing::TestWithParam<std::string> {};

TEST_P(BadFiles, AreLoadedReportedOrRefusedAsTheIndexSays) {
  if (GetParam() == "absent") {
    GTEST_SKIP() << "the fixtures are not here: " << badFolder();
  }
  const Json entry = entryOf(GetParam());
  const std::string path = (badFolder() / GetParam()).string();
  const std::string action = entry.at("action").asString();
  const Result<Table> table = readTable(path);
  ImportOptions options;
  if (entry.has("with_")) {
    // The pair is a training and a test file, whichever of the two the entry is about.
    options.testFile = (badFolder() / "data" / "duplicates_test.csv").string();
  }
  const Result<ImportedDataset> imported = importDataset(
      entry.has("with_") ? (badFolder() / "data" / "duplicates_train.csv").string() : path, options);
  const std::string said = describe(imported.diagnostics);
  SCOPED_TRACE(GetParam() + " (" + action + "): " + entry.at("tell").asString() + "\n" + said);

  for (const Diagnostic& d : imported.diagnostics) {
    EXPECT_FALSE(d.rule.empty());
    EXPECT_FALSE(d.message.empty());
    EXPECT_FALSE(d.hint.empty());
    EXPECT_FALSE(d.file.empty());
  }

  if (action == "refuse") {
    EXPECT_FALSE(imported.value);
    EXPECT_TRUE(hasError(imported.diagnostics));
  } else if (GetParam() == "data/many_columns.csv") {
    ASSERT_TRUE(table.value);
    for (const Diagnostic& d : table.diagnostics) {
      EXPECT_EQ(d.severity, Severity::kInfo);
    }
    EXPECT_EQ(table.value->columns.size(), 60u);
    EXPECT_EQ(table.value->textColumn, -1);
    EXPECT_EQ(table.value->labelColumn, -1);
    EXPECT_FALSE(imported.value);
    EXPECT_NE(findRule(imported.diagnostics, "columns_unclear"), nullptr);
  } else if (GetParam() == "data/mixed_encodings.csv") {
    // The file opens. Without the row that cannot be read its two others have one label, so that there is
    // nothing to compare yet, and the import says that too.
    ASSERT_TRUE(imported.value);
    ASSERT_TRUE(table.value);
    EXPECT_EQ(table.value->rows.size(), 2u);
    EXPECT_EQ(table.value->rowsLeftOut, 1);
    EXPECT_FALSE(hasError(table.diagnostics));
    ASSERT_NE(findRule(imported.diagnostics, "one_label"), nullptr);
    EXPECT_NE(findRule(imported.diagnostics, "one_label")->hint.find("1 row was left out"),
              std::string::npos);
  } else {
    ASSERT_TRUE(imported.value);
    ASSERT_TRUE(table.value);
    EXPECT_FALSE(hasError(imported.diagnostics));
  }
  if (action == "load" && GetParam() != "data/many_columns.csv") {
    for (const Diagnostic& d : imported.diagnostics) {
      EXPECT_TRUE(d.severity == Severity::kInfo || isAboutSize(d)) << d.rule;
    }
  }
  std::set<std::int64_t> linesNamed;
  int warnings = 0;
  for (const Diagnostic& d : imported.diagnostics) {
    if (d.severity == Severity::kInfo || (isAboutSize(d) && GetParam() != "data/class_with_one_row.csv")) {
      continue;
    }
    ++warnings;
    linesNamed.insert(d.rows.begin(), d.rows.end());
  }
  if (action == "warn") {
    EXPECT_GT(warnings, 0);
  }

  // The facts.
  std::vector<std::int64_t> lines;
  if (const Json* line = entry.find("line")) lines.push_back(line->asInt());
  if (const Json* all = entry.find("lines")) {
    for (const Json& line : all->items()) lines.push_back(line.asInt());
  }
  for (const std::int64_t line : lines) {
    EXPECT_TRUE(linesNamed.contains(line)) << "line " << line;
  }
  if (!lines.empty()) {
    const bool named =
        std::any_of(imported.diagnostics.begin(), imported.diagnostics.end(), [&](const auto& d) {
          return std::all_of(lines.begin(), lines.end(), [&](std::int64_t line) {
            return d.message.find(std::to_string(line)) != std::string::npos;
          });
        });
    EXPECT_TRUE(named) << "no message names the lines";
  }
  if (entry.has("rows")) {
    ASSERT_TRUE(table.value);
    EXPECT_EQ(static_cast<std::int64_t>(table.value->rows.size()), entry.at("rows").asInt());
  }
  if (entry.has("rows_if_no_header")) {
    EXPECT_FALSE(table.value->hasHeader);
    EXPECT_EQ(static_cast<std::int64_t>(table.value->rows.size()), entry.at("rows_if_no_header").asInt());
    EXPECT_EQ(table.value->columns, (std::vector<std::string>{"column 1", "column 2"}));
  }
  if (entry.has("usable_rows")) {
    EXPECT_EQ(static_cast<std::int64_t>(imported.value->dataset.examples().size()),
              entry.at("usable_rows").asInt());
  }
  if (const Json* columns = entry.find("columns")) {
    std::vector<std::string> names;
    for (const Json& name : columns->items()) {
      names.push_back(name.asString());
    }
    EXPECT_EQ(table.value->columns, names);
  }
  if (const Json* delimiter = entry.find("delimiter")) {
    EXPECT_EQ(std::string(1, table.value->delimiter), delimiter->asString());
  }
  if (const Json* text = entry.find("first_text")) {
    EXPECT_EQ(table.value->rows.at(0).at(0), text->asString());
  }
  if (const Json* text = entry.find("second_text")) {
    EXPECT_EQ(table.value->rows.at(1).at(0), text->asString());
  }
  if (entry.has("classes") && imported.value) {
    EXPECT_EQ(static_cast<std::int64_t>(imported.value->dataset.labels().size()),
              entry.at("classes").asInt());
  }
  if (entry.has("shared_rows")) {
    const Diagnostic* overlap = findRule(imported.diagnostics, "split_overlap");
    ASSERT_NE(overlap, nullptr);
    EXPECT_EQ(static_cast<std::int64_t>(overlap->rows.size()), entry.at("shared_rows").asInt());
    EXPECT_EQ(overlap->message.find(std::to_string(entry.at("shared_rows").asInt()) + " of "), 0u);
    EXPECT_TRUE(overlap->file.ends_with("duplicates_test.csv"));
  }
}

INSTANTIATE_TEST_SUITE_P(Corpus, BadFiles, testing::ValuesIn(dataEntries()), [](const auto& parameter) {
  std::string name = parameter.param;
  for (char& c : name) {
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'))) c = '_';
  }
  return name;
});

struct Told {
  const char* path;
  const char* rule;
  const char* words;
};

// What each file is mainly about, in the words of the message.
TEST(BadFiles, AreDescribedInWords) {
  if (!std::filesystem::exists(badFolder())) {
    GTEST_SKIP() << "the fixtures are not here: " << badFolder();
  }
  for (const Told& told : {
           Told{"empty.csv", "empty_file", "The file is empty."},
           Told{"only_bom.csv", "empty_file", "byte order mark"},
           Told{"header_only.csv", "header_only", "no row"},
           Told{"blank_lines_only.csv", "only_blank_lines", "only empty lines"},
           Told{"one_column.csv", "one_column", "a text and a label column are needed"},
           Told{"no_header.csv", "no_header", "looks like data"},
           Told{"unclosed_quote.csv", "unclosed_quote", "line 2 is never closed"},
           Told{"text_after_quote.csv", "text_after_quote", "line 2"},
           Told{"ragged.csv", "ragged_rows", "line 5 has 1 field, line 6 has 3 fields"},
           Told{"mixed_encodings.csv", "invalid_utf8", "line 3 (first byte E9)"},
           Told{"latin1.csv", "encoding_guessed", "line 2, byte EF); it was read as windows-1252"},
           Told{"nul_bytes.csv", "nul_byte", "line 2"},
           Told{"binary.csv", "not_text", "not a text file"},
           Told{"one_class.csv", "one_label", "All 12 rows have the label"},
           Told{"class_with_one_row.csv", "label_in_one_split", "'maybe' (1 row), line 14"},
           Told{"empty_text.csv", "empty_text", "2 rows have no text and were left out: lines 14 and 15"},
           Told{"empty_label.csv", "empty_label", "1 row has no label and was left out: line 14"},
           Told{"label_variants.csv", "label_variants", "' Yes', 'YES ', 'yes'"},
           Told{"contradicting_labels.csv", "conflicting_labels", "'yes' in line 2 and 'no' in line 14"},
           Told{"row_of_1mb.csv", "long_text", "line 2"},
           Told{"two_columns_same_name.csv", "same_column_name", "both called 'text'"},
           Told{"many_columns.csv", "columns_unclear", "60 columns"},
           Told{"bad_line.jsonl", "bad_line", "left out: line 4"},
           Told{"not_objects.jsonl", "not_objects", "The lines of the file are not JSON objects"},
           Told{"missing_field.jsonl", "empty_label", "line 13"},
           Told{"nested.jsonl", "nested_field", "'text' is not a string"},
           Told{"lone_surrogate.jsonl", "lone_surrogate", "line 1 was replaced by U+FFFD"},
           Told{"deep.json", "bad_json", "nested more than 64 levels deep"},
       }) {
    const auto imported = importDataset((badFolder() / "data" / told.path).string());
    const Diagnostic* found = findRule(imported.diagnostics, told.rule);
    ASSERT_NE(found, nullptr) << told.path << "\n" << describe(imported.diagnostics);
    EXPECT_NE(found->message.find(told.words), std::string::npos) << told.path << ": " << found->message;
  }
}

}  // namespace
}  // namespace attune
