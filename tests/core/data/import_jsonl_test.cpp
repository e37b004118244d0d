#include "core/data/import_jsonl.h"

#include <gtest/gtest.h>

#include "core/data/import.h"
#include "core/data/json_records.h"
#include "tests/support/data_file.h"

namespace attune {
namespace {

using Rows = std::vector<std::vector<std::string>>;

Result<Table> readText(const char* name, std::string_view content, const TableOptions& options = {}) {
  const DataFile file(name, content);
  return readTable(file.path(), options);
}

TEST(ReadJson, TakesRecordsFromLinesAListOrAListWithinADocument) {
  const std::string a = R"({"text": "one", "label": "x"})", b = R"({"text": "two", "label": "y"})";
  const Rows expected = {{"one", "x"}, {"two", "y"}};
  for (const auto& [name, content] :
       {std::pair<const char*, std::string>{"a.jsonl", a + "\r\n\n" + b + "\n"},
        {"a.json", "[" + a + ",\n" + b + "]"},
        {"a.json", "{\"data\": [" + a + ", " + b + "]}"},
        {"a.json", "{\n \"version\": {\"n\": [1]},\n \"data\": [\n" + a + ",\n" + b + "\n]\n}\n"},
        {"a.json", "{\"rows\": [" + a + ", " + b + "], \"n\": 2}"},
        {"a.json", a + "\n" + b},
        {"a.jsonl", "[" + a + "," + b + "]"},
        {"noname", a + "\n" + b},
        {"noname", "[" + a + "," + b + "]"}}) {
    const auto table = readText(name, content);
    ASSERT_TRUE(table) << content << describe(table.diagnostics);
    EXPECT_EQ(table.value->columns, (std::vector<std::string>{"text", "label"}));
    EXPECT_EQ(table.value->rows, expected) << content;
    EXPECT_TRUE(table.diagnostics.empty()) << describe(table.diagnostics);
  }
}

TEST(ReadJson, TellsTheLinesOfRecords) {
  const auto table = readText(
      "a.json", "[\n  {\"text\": \"one\",\n   \"label\": 1},\n\n  {\"text\": \"two\", \"label\": 2}]");
  ASSERT_TRUE(table) << describe(table.diagnostics);
  EXPECT_EQ(table.value->lines, (std::vector<std::int64_t>{2, 5}));
}

TEST(ReadJson, WritesOtherValuesAsText) {
  const auto table =
      readText("a.jsonl", R"({"text": "t", "label": 1, "d": 0.5, "b": true, "n": null, "l": [1, "x"]})");
  ASSERT_TRUE(table) << describe(table.diagnostics);
  EXPECT_EQ(table.value->rows, (Rows{{"t", "1", "0.5", "true", "", R"([1,"x"])"}}));
  EXPECT_TRUE(table.value->nested.contains(5));
}

TEST(ReadJson, GivesEveryRowAllColumns) {
  const auto table = readText("a.jsonl", "{\"text\": \"t\"}\n{\"label\": \"x\", \"text\": \"u\"}\n{}\n");
  ASSERT_TRUE(table) << describe(table.diagnostics);
  EXPECT_EQ(table.value->rows, (Rows{{"t", ""}, {"u", "x"}, {"", ""}}));
}

TEST(ReadJson, LeavesBadLinesOutAndNamesThem) {
  const auto table = readText(
      "a.jsonl",
      "{\"text\": \"t\", \"label\": \"x\"}\n{\"text\": \n[1]\n{\"text\": \"a\", \"text\": \"b\"}\n\"s\"\n");
  ASSERT_TRUE(table) << describe(table.diagnostics);
  EXPECT_EQ(table.value->rowsLeftOut, 4);
  EXPECT_EQ(findRule(table.diagnostics, "bad_line")->rows, (std::vector<std::int64_t>{2, 4}));
  EXPECT_EQ(findRule(table.diagnostics, "not_an_object")->rows, (std::vector<std::int64_t>{3, 5}));
}

TEST(ReadJson, RefusesABrokenDocumentWithTheLine) {
  const auto at = [](std::string_view content) {
    const auto table = readText("a.json", content);
    EXPECT_FALSE(table) << content;
    const Diagnostic* bad = findRule(table.diagnostics, "bad_json");
    return bad ? bad->row : -2;
  };
  EXPECT_EQ(at("[{\"text\": \"a\", \"label\": 1},\n{\"text\": \"b\" \"label\": 2}]"), 2);
  EXPECT_EQ(at("[{\"text\": \"a\", \"label\": 1},\n{\"text\": \"b\","), 2);
  EXPECT_EQ(at("[{\"text\": \"a\", \"label\": 1}]\n]"), 2);
  EXPECT_EQ(at("[{\"text\": \"a\", \"label\": 1}\n\n{}]"), 3);
  EXPECT_EQ(at("[{\"text\": \"a\", \"label\": 1},]"), 1);
  EXPECT_EQ(at("[\n\n{\"text\": \"a\",\n\"label\": tru}]"), 4);
}

TEST(ReadJson, RefusesDeepNestingOnLinesToo) {
  const std::string deep(5000, '[');
  EXPECT_FALSE(readText("a.jsonl", deep));
  EXPECT_FALSE(readText("a.jsonl", "{\"text\": " + deep));
  EXPECT_FALSE(readText("a.json", "{\"data\": " + deep));
}

TEST(ReadJson, RefusesTablesThatWouldBeNearlyEmpty) {
  std::string content;
  for (int i = 0; i < 9'000; ++i) content += "{\"name " + std::to_string(i) + "\": 1}\n";
  const auto table = readText("a.jsonl", content);
  EXPECT_FALSE(table);
  EXPECT_NE(findRule(table.diagnostics, "too_sparse"), nullptr);
}

TEST(ReadJson, StopsAtThePreview) {
  TableOptions options;
  options.maxRows = 1;
  const auto table = readText("a.jsonl", "{\"text\": \"a\", \"label\": 1}\nnot json\n", options);
  ASSERT_TRUE(table);
  EXPECT_EQ(table.value->rows.size(), 1u);
  EXPECT_TRUE(table.diagnostics.empty());
}

TEST(LoneSurrogates, AreReplacedAndPairsAreKept) {
  EXPECT_FALSE(withoutLoneSurrogates(R"("plain")"));
  EXPECT_FALSE(withoutLoneSurrogates(R"("\ud83d\ude00")"));
  EXPECT_FALSE(withoutLoneSurrogates(R"("\\ud800")")) << "an escaped backslash is no escape";
  EXPECT_FALSE(withoutLoneSurrogates(R"("\ud7ff\ue000")"));
  EXPECT_EQ(withoutLoneSurrogates(R"("a\ud800b")"), R"("a\uFFFDb")");
  EXPECT_EQ(withoutLoneSurrogates(R"("\uDC00")"), R"("\uFFFD")");
  EXPECT_EQ(withoutLoneSurrogates(R"("\ud800\ud83d\ude00")"), R"("\uFFFD\ud83d\ude00")");
  EXPECT_EQ(withoutLoneSurrogates(R"("\ud83d)"), R"("\uFFFD)");
}

}  // namespace
}  // namespace attune
