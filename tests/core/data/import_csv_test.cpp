#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/seed.h"
#include "core/data/import.h"
#include "core/data/import_csv.h"
#include "tests/support/data_file.h"

namespace attune {
namespace {

using Rows = std::vector<std::vector<std::string>>;

Result<Table> readText(std::string_view content, const TableOptions& options = {},
                       const char* name = "data.csv") {
  const DataFile file(name, content);
  return readTable(file.path(), options);
}

TEST(ReadCsv, FollowsRfc4180) {
  const auto table =
      readText("text,label\r\n\"a \"\"b\"\", c\",x\r\n\"two\r\nlines\",y\r\nplain \"quotes\" inside,\r\n");
  ASSERT_TRUE(table) << describe(table.diagnostics);
  EXPECT_EQ(table.value->rows,
            (Rows{{"a \"b\", c", "x"}, {"two\r\nlines", "y"}, {"plain \"quotes\" inside", ""}}));
  EXPECT_EQ(table.value->lines, (std::vector<std::int64_t>{2, 3, 5}));
  EXPECT_TRUE(table.diagnostics.empty()) << describe(table.diagnostics);
}

TEST(ReadCsv, CountsLinesByAnyLineEndAlsoInsideQuotes) {
  for (const char* end : {"\n", "\r\n", "\r"}) {
    const std::string e = end;
    const auto table =
        readText("text,label" + e + e + "\"1" + e + e + "2\",x" + e + "after,y" + e + "too,many,z");
    ASSERT_TRUE(table) << describe(table.diagnostics);
    EXPECT_EQ(table.value->lines, (std::vector<std::int64_t>{3, 6}));
    EXPECT_EQ(table.value->rows[0][0], "1" + e + e + "2");
    const Diagnostic* ragged = findRule(table.diagnostics, "ragged_rows");
    ASSERT_NE(ragged, nullptr);
    EXPECT_EQ(ragged->rows, (std::vector<std::int64_t>{7}));
    EXPECT_EQ(ragged->row, 7);
    EXPECT_EQ(table.value->rowsLeftOut, 1);
  }
}

TEST(ReadCsv, NamesTheLineInWhichAnUnclosedQuoteWasOpened) {
  const auto table = readText("text,label\n\"two\nlines\",x\na,\"b\nc,d\n");
  EXPECT_FALSE(table);
  EXPECT_EQ(findRule(table.diagnostics, "unclosed_quote")->row, 4);
}

TEST(ReadCsv, FindsTheDelimiter) {
  EXPECT_EQ(sniffDelimiter("text;label\none, two, three;x\nfour, five;y\n", ','), ';');
  EXPECT_EQ(sniffDelimiter("text\tlabel\none, two; three\tx\nfour, five\ty\n", ','), '\t');
  EXPECT_EQ(sniffDelimiter("a|b\n1;2|x\n3;4|y\n", ','), '|');
  EXPECT_EQ(sniffDelimiter("a,b\n\"1;2;3\",x\n\"4;5;6\",y\n", ','), ',');
  EXPECT_EQ(sniffDelimiter("preis;text\n1,5;gut\n2,5;schlecht\n", ','), ';');
  EXPECT_EQ(sniffDelimiter("only one column\nanother row\n", ','), ',');
  EXPECT_EQ(sniffDelimiter("text,label\nsome; text; here,x\nmore; text; here,y\n", ','), ',');
}

TEST(ReadCsv, ObeysTheOptions) {
  TableOptions options;
  options.delimiter = ';';
  options.hasHeader = false;
  options.maxRows = 2;
  const auto table = readText("text;label\na,b;c\nd;e\n", options);
  ASSERT_TRUE(table) << describe(table.diagnostics);
  EXPECT_EQ(table.value->columns, (std::vector<std::string>{"column 1", "column 2"}));
  EXPECT_EQ(table.value->rows, (Rows{{"text", "label"}, {"a,b", "c"}}));
  EXPECT_TRUE(table.diagnostics.empty()) << describe(table.diagnostics);
  options.delimiter = '"';
  EXPECT_THROW(readText("a;b", options), Error);
}

TEST(ReadCsv, TellsAHeaderFromARow) {
  const auto hasHeader = [](std::string_view content) {
    const auto table = readText(content);
    EXPECT_TRUE(table) << describe(table.diagnostics);
    return table && table.value->hasHeader;
  };
  EXPECT_TRUE(hasHeader("text,label\na,b\n"));
  EXPECT_TRUE(hasHeader("foo,bar\nsome words,b\nother words,c\n"));
  EXPECT_TRUE(hasHeader("question,topic\nwhat is it,topic\nwho is it,person\n"));
  EXPECT_TRUE(hasHeader("0,1\nsome words,1\nother words,0\n")) << "columns numbered by a data frame";
  EXPECT_FALSE(hasHeader("what is a review,question\nwho,person\nwhere is it,question\n"));
  EXPECT_FALSE(hasHeader("1,the first words of a text\n0,the second words of a text\n"));
  EXPECT_FALSE(hasHeader("one two three four five six seven,a\nshort one,b\n"));
}

TEST(ReadCsv, SaysWhichLineItTookForAHeader) {
  EXPECT_NE(findRule(readText("foo,bar\nsome words,b\nother words,c\n").diagnostics, "header_assumed"),
            nullptr);
  EXPECT_EQ(findRule(readText("text,bar\nsome words,b\nother words,c\n").diagnostics, "header_assumed"),
            nullptr);
}

TEST(ReadCsv, LimitsLinesAndColumns) {
  const std::string nineMebibytes(std::size_t{9} << 20, 'x');
  const auto longLine = readText("text,label\nok,a\n" + nineMebibytes + ",b\n");
  EXPECT_FALSE(longLine);
  EXPECT_EQ(findRule(longLine.diagnostics, "line_too_long")->row, 3);
  const auto wide = readText("text,label" + std::string(10'000, ',') + "\n");
  EXPECT_FALSE(wide);
  EXPECT_NE(findRule(wide.diagnostics, "too_many_columns"), nullptr);
  // A wide row in a narrow table is one bad row and costs no memory.
  const auto ragged = readText("text,label\na" + std::string(1'000'000, ',') + "\nb,c\n");
  ASSERT_TRUE(ragged);
  EXPECT_NE(findRule(ragged.diagnostics, "ragged_rows")->message.find("1000001 fields"), std::string::npos);
}

TEST(ReadCsv, ReadsTabSeparatedFilesThatDoNotQuote) {
  const auto table = readText("text\tlabel\n\"Hello, he said\t1\nfine\t0\n", {}, "train.tsv");
  ASSERT_TRUE(table) << describe(table.diagnostics);
  EXPECT_EQ(table.value->rows, (Rows{{"\"Hello, he said", "1"}, {"fine", "0"}}));
  EXPECT_NE(findRule(table.diagnostics, "literal_quotes"), nullptr);
}

TEST(ReadCsv, WarnsWhenAQuoteSwallowsRows) {
  std::string content = "text,label\n\"open,x\n";
  for (int i = 0; i < 8; ++i) content += "row " + std::to_string(i) + ",y\n";
  content += "close\",z\nlast,x\n";
  const auto table = readText(content);
  ASSERT_TRUE(table) << describe(table.diagnostics);
  ASSERT_NE(findRule(table.diagnostics, "long_quoted_field"), nullptr);
  EXPECT_EQ(findRule(table.diagnostics, "long_quoted_field")->row, 2);
}

TEST(ReadCsv, ListsAtMostFiveLinesInTheMessageAndAllInTheRows) {
  std::string content = "text,label\nfine,x\n";
  for (int i = 0; i < 20; ++i) content += "a,b,c\n";
  const auto table = readText(content);
  ASSERT_TRUE(table);
  const Diagnostic* ragged = findRule(table.diagnostics, "ragged_rows");
  ASSERT_NE(ragged, nullptr);
  EXPECT_EQ(ragged->rows.size(), 20u);
  EXPECT_EQ(ragged->message.find("20 rows left out"), 0u);
  EXPECT_EQ(ragged->message.find("line 8"), std::string::npos);
}

TEST(ReadCsv, KeepsAHeaderWithBytesThatAreNoText) {
  TableOptions options;
  options.encoding = "utf-8";
  const auto table = readText("te\xFFxt,label\nfine,x\n", options);
  ASSERT_TRUE(table) << describe(table.diagnostics);
  EXPECT_EQ(table.value->columns[0], "te\uFFFDxt");
  EXPECT_EQ(table.value->rowsLeftOut, 0);
}

TEST(ReadCsv, SaysWhatIsMissingOrNotAFile) {
  EXPECT_THROW(readTable("/nonexistent/file.csv"), Error);
  const auto folder = readTable(std::filesystem::temp_directory_path().string());
  EXPECT_FALSE(folder);
  EXPECT_TRUE(hasError(folder.diagnostics));
}

std::string asCsvField(const std::string& cell, bool quoteAlways) {
  if (!quoteAlways && cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string field = "\"";
  for (const char c : cell) {
    if (c == '"') field += '"';
    field += c;
  }
  return field + "\"";
}

TEST(ReadCsvProperty, ReadsBackWhatWasWritten) {
  const std::vector<std::string> pieces = {"a", "word ",  "\"",   "\"\"", ",", ";", "\t",
                                           "|", "\n",     "\r\n", "\r",   " ", "é", "漢字",
                                           "😀", "\u00A0", "0",    "-1",   "'", "\\"};
  Random random(Seed{20240517});
  for (int round = 0; round < 200; ++round) {
    const std::size_t columns = 2 + random.below(4);
    Rows rows(1 + random.below(20));
    for (auto& row : rows)
      for (std::size_t c = 0; c < columns; ++c) {
        std::string cell;
        for (std::uint64_t n = random.below(8); n > 0; --n) cell += pieces[random.below(pieces.size())];
        row.push_back(cell);
      }
    const std::string end = round % 3 == 0 ? "\n" : round % 3 == 1 ? "\r\n" : "\r";
    std::string content = "text,label";
    for (std::size_t c = 2; c < columns; ++c) content += ",extra " + std::to_string(c);
    content += end;
    for (const auto& row : rows) {
      for (std::size_t c = 0; c < columns; ++c)
        content += (c > 0 ? "," : "") + asCsvField(row[c], random.below(2) == 0);
      content += end;
    }
    TableOptions options;
    options.delimiter = ',';
    options.hasHeader = true;
    const auto table = readText(content, options);
    ASSERT_TRUE(table) << describe(table.diagnostics) << content;
    ASSERT_EQ(table.value->rows, rows) << content;
    ASSERT_EQ(table.value->rowsLeftOut, 0);
  }
}

std::string mutated(std::string content, Random& random) {
  static const std::vector<std::string> kNasty = {
      "\"", ",",        "\n", "\r", std::string(1, '\0'), "\xFF", "\xE9", "\xEF\xBB\xBF", "{",
      "[",  "\xF0\x9F", ";",  "\t"};
  for (std::uint64_t n = 1 + random.below(6); n > 0 && !content.empty(); --n) {
    const std::size_t at = random.below(content.size());
    switch (random.below(5)) {
      case 0:
        content[at] = static_cast<char>(random.below(256));
        break;
      case 1:
        content.erase(at, 1 + random.below(20));
        break;
      case 2:
        content.insert(at, kNasty[random.below(kNasty.size())]);
        break;
      case 3:
        content.resize(at);
        break;
      default:
        content.insert(at, content.substr(random.below(content.size()), random.below(40)));
    }
  }
  return content;
}

// Rows and columns that fit together, whatever was in the file.
void expectConsistent(const Result<Table>& table) {
  if (!table) {
    EXPECT_TRUE(hasError(table.diagnostics));
    return;
  }
  EXPECT_EQ(table.value->rows.size(), table.value->lines.size());
  EXPECT_FALSE(table.value->rows.empty());
  for (const auto& row : table.value->rows) EXPECT_EQ(row.size(), table.value->columns.size());
}

TEST(ReadTableMutations, OfACsvFileNeverCrashNorThrow) {
  std::string good = "text,label\n";
  const auto fixture = sharedFolder() / "fixtures" / "bad" / "data" / "good.csv";
  if (std::filesystem::exists(fixture))
    good = readFile(fixture.string());
  else
    for (int i = 0; i < 12; ++i)
      good += "some words number " + std::to_string(i) + (i % 2 ? ",yes\n" : ",no\n");
  Random random(Seed{7});
  const DataFile file("mutated.csv", "");
  for (int i = 0; i < 2000; ++i) {
    const std::string content = mutated(good, random);
    file.write(content);
    SCOPED_TRACE(i);
    ASSERT_NO_THROW({
      expectConsistent(readTable(file.path()));
      importDataset(file.path());
    }) << content;
  }
}

TEST(ReadTableMutations, OfJsonFilesNeverCrashNorThrow) {
  std::string lines, list = "[";
  for (int i = 0; i < 12; ++i) {
    const std::string record = "{\"text\": \"some \\ud83d\\ude00 words " + std::to_string(i) +
                               "\", \"label\": " + std::to_string(i % 2) + ", \"n\": [1, {\"a\": null}]}";
    lines += record + "\n";
    list += (i > 0 ? ", " : "") + record;
  }
  list += "]";
  Random random(Seed{8});
  const DataFile jsonl("mutated.jsonl", ""), json("mutated.json", ""), wrapped("wrapped.json", "");
  for (int i = 0; i < 1000; ++i) {
    jsonl.write(mutated(lines, random));
    json.write(mutated(list, random));
    wrapped.write(mutated("{\"version\": 1, \"data\": " + list + "}", random));
    SCOPED_TRACE(i);
    for (const DataFile* file : {&jsonl, &json, &wrapped})
      ASSERT_NO_THROW({
        expectConsistent(readTable(file->path()));
        importDataset(file->path());
      });
  }
}

}  // namespace
}  // namespace attune
