#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/data/import.h"
#include "tests/support/data_file.h"

namespace attune {
namespace {

std::string manyRows(int count, const char* prefix = "text number ") {
  std::string content = "text,label\n";
  for (int i = 0; i < count; ++i) content += prefix + std::to_string(i) + (i % 2 ? ",yes\n" : ",no\n");
  return content;
}

std::size_t rowsOf(const Dataset& dataset, Split split) { return dataset.rows(split).size(); }

TEST(ImportDataset, SplitsOneFileByTheRatios) {
  const DataFile file("reviews.csv", manyRows(200));
  const auto imported = importDataset(file.path());
  ASSERT_TRUE(imported) << describe(imported.diagnostics);
  const Dataset& dataset = imported.value->dataset;
  EXPECT_EQ(dataset.name(), "reviews");
  EXPECT_EQ(dataset.labels(), (std::vector<std::string>{"no", "yes"}));
  EXPECT_EQ(rowsOf(dataset, Split::kTrain), 140u);
  EXPECT_EQ(rowsOf(dataset, Split::kValidation), 30u);
  EXPECT_EQ(rowsOf(dataset, Split::kTest), 30u);
  const Json& info = imported.value->info;
  EXPECT_EQ(info.at("text_column").asString(), "text");
  EXPECT_EQ(info.at("delimiter").asString(), ",");
  EXPECT_EQ(info.at("split").at("seed").asString(), "1");
  EXPECT_EQ(info.at("split").at("test_rows").asInt(), 30);
}

TEST(ImportDataset, UsesGivenFilesWholeAndSplitsTheRest) {
  const DataFile train("train.csv", manyRows(170)), test("test.csv", manyRows(40, "unseen "));
  const DataFile valid("valid.csv", manyRows(20, "held back "));
  ImportOptions options;
  options.testFile = test.path();
  const auto two = importDataset(train.path(), options);
  ASSERT_TRUE(two) << describe(two.diagnostics);
  // 170 rows at 70 : 15.
  EXPECT_EQ(rowsOf(two.value->dataset, Split::kTrain), 140u);
  EXPECT_EQ(rowsOf(two.value->dataset, Split::kValidation), 30u);
  EXPECT_EQ(rowsOf(two.value->dataset, Split::kTest), 40u);
  options.validationFile = valid.path();
  const auto three = importDataset(train.path(), options);
  ASSERT_TRUE(three);
  EXPECT_EQ(rowsOf(three.value->dataset, Split::kTrain), 170u);
  EXPECT_EQ(rowsOf(three.value->dataset, Split::kValidation), 20u);
  EXPECT_EQ(three.value->info.at("split").at("made").asString(), "files");
}

TEST(ImportDataset, ReportsOverlapWithTheLinesOfTheTestFile) {
  const DataFile train("train.csv", "text,label\nThe Same!,a\nb,b\nc,a\nd,b\n");
  const DataFile test("test.csv", "text,label\nnew,a\nthe same,a\n");
  ImportOptions options;
  options.testFile = test.path();
  options.ratios = {1, 0, 0};
  const auto imported = importDataset(train.path(), options);
  ASSERT_TRUE(imported) << describe(imported.diagnostics);
  const Diagnostic* overlap = findRule(imported.diagnostics, "split_overlap");
  ASSERT_NE(overlap, nullptr);
  EXPECT_EQ(overlap->rows, (std::vector<std::int64_t>{3}));
  EXPECT_EQ(overlap->file, test.path());
}

TEST(ImportDataset, NamesLabelsThatOnlyTheTestFileHas) {
  const DataFile train("train.csv", manyRows(40));
  const DataFile test("test.csv", "text,label\nq,no\nr,never seen\n");
  ImportOptions options;
  options.testFile = test.path();
  const auto imported = importDataset(train.path(), options);
  ASSERT_TRUE(imported) << describe(imported.diagnostics);
  const Diagnostic* only = findRule(imported.diagnostics, "label_in_one_split");
  ASSERT_NE(only, nullptr);
  EXPECT_EQ(only->severity, Severity::kWarning);
  EXPECT_NE(only->message.find("'never seen'"), std::string::npos);
  EXPECT_EQ(only->file, test.path());
  EXPECT_EQ(only->rows, (std::vector<std::int64_t>{3}));
}

TEST(ImportDataset, TakesMinusOneForMissingOnlyBesideNumberedLabels) {
  const DataFile numbered("a.csv", "text,label\na,0\nb,1\nc,-1\nd,0\ne,1\n");
  const auto hidden = importDataset(numbered.path());
  ASSERT_TRUE(hidden) << describe(hidden.diagnostics);
  EXPECT_EQ(hidden.value->dataset.labels(), (std::vector<std::string>{"0", "1"}));
  EXPECT_EQ(findRule(hidden.diagnostics, "hidden_label")->rows, (std::vector<std::int64_t>{4}));
  const DataFile signs("b.csv", "text,label\na,-1\nb,1\nc,-1\nd,1\n");
  const auto kept = importDataset(signs.path());
  ASSERT_TRUE(kept) << describe(kept.diagnostics);
  EXPECT_EQ(kept.value->dataset.labels(), (std::vector<std::string>{"-1", "1"}));
  EXPECT_EQ(kept.value->dataset.examples().size(), 4u);
}

TEST(ImportDataset, RefusesATestFileWithoutLabels) {
  const DataFile train("train.csv", "text,label\na,0\nb,1\nc,0\nd,1\n"),
      test("test.csv", "text,label\na,-1\nb,-1\n");
  ImportOptions options;
  options.testFile = test.path();
  const auto imported = importDataset(train.path(), options);
  EXPECT_FALSE(imported);
  ASSERT_NE(findRule(imported.diagnostics, "no_usable_rows"), nullptr);
  EXPECT_EQ(findRule(imported.diagnostics, "no_usable_rows")->file, test.path());
}

TEST(ImportDataset, ObeysAndChecksTheNamesOfColumns) {
  const DataFile file("a.csv", "text,label,stance\na,x,p\nb,y,q\nc,x,q\n");
  ImportOptions options;
  options.labelColumn = "stance";
  const auto imported = importDataset(file.path(), options);
  ASSERT_TRUE(imported) << describe(imported.diagnostics);
  EXPECT_EQ(imported.value->dataset.labels(), (std::vector<std::string>{"p", "q"}));
  options.labelColumn = "stanse";
  const auto slip = importDataset(file.path(), options);
  EXPECT_FALSE(slip);
  EXPECT_EQ(findRule(slip.diagnostics, "unknown_column")->hint, "Did you mean 'stance'?");
  options.labelColumn = "text";
  options.textColumn = "text";
  EXPECT_NE(findRule(importDataset(file.path(), options).diagnostics, "same_column"), nullptr);
  options.textColumn.clear();
  EXPECT_FALSE(importDataset(file.path(), options)) << "the guessed text column was named as the label";
}

TEST(ImportDataset, TakesTheOtherOfTwoColumns) {
  const DataFile file("a.csv", "foo,bar\nx,some text\ny,more text\nx,the last text\n");
  ImportOptions options;
  options.labelColumn = "foo";
  const auto imported = importDataset(file.path(), options);
  ASSERT_TRUE(imported) << describe(imported.diagnostics);
  EXPECT_EQ(imported.value->dataset.examples()[0].text, "some text");
}

TEST(ImportDataset, FindsTheColumnsOfFurtherFilesByNameOrPlace) {
  const DataFile train("train.csv", manyRows(20)),
      turned("test.csv", "label,text\nyes,new one\nno,new two\n");
  ImportOptions options;
  options.testFile = turned.path();
  const auto imported = importDataset(train.path(), options);
  ASSERT_TRUE(imported) << describe(imported.diagnostics);
  EXPECT_EQ(imported.value->dataset.examples().back().text, "new two");
  const DataFile other("other.csv", "foo,bar\nnew one,yes\nnew two,no\n");
  options.testFile = other.path();
  EXPECT_NE(findRule(importDataset(train.path(), options).diagnostics, "unknown_column"), nullptr);
}

TEST(ImportDataset, LeavesOutNestedValuesWhenOthersAreText) {
  const DataFile file("a.jsonl",
                      "{\"text\": \"a\", \"label\": \"x\"}\n{\"text\": [\"b\"], \"label\": "
                      "\"y\"}\n{\"text\": \"c\", \"label\": \"y\"}\n");
  const auto imported = importDataset(file.path());
  ASSERT_TRUE(imported) << describe(imported.diagnostics);
  EXPECT_EQ(imported.value->dataset.examples().size(), 2u);
  EXPECT_EQ(findRule(imported.diagnostics, "nested_field")->rows, (std::vector<std::int64_t>{2}));
}

TEST(ImportDataset, IsTheSameTwiceAndChangesSplitWithTheSeed) {
  const DataFile file("a.csv", manyRows(100));
  ImportOptions options;
  const auto a = importDataset(file.path(), options), b = importDataset(file.path(), options);
  EXPECT_EQ(a.value->dataset.hash(), b.value->dataset.hash());
  EXPECT_EQ(a.value->dataset.splitHash(), b.value->dataset.splitHash());
  EXPECT_EQ(a.value->info.dump(), b.value->info.dump());
  options.seed = Seed{2};
  const auto c = importDataset(file.path(), options);
  EXPECT_EQ(a.value->dataset.hash(), c.value->dataset.hash());
  EXPECT_NE(a.value->dataset.splitHash(), c.value->dataset.splitHash());
}

TEST(ImportDataset, KeepsTheOtherColumnsOfEveryFileByName) {
  std::string main = "id,text,channel,label\n", test = "label,text,channel\n";
  for (int i = 0; i < 40; ++i)
    main += std::to_string(i) + ",message number " + std::to_string(i) + "," + (i % 2 ? "mail" : "phone") +
            "," + (i % 3 ? "calm" : "angry") + "\n";
  main += "99,,mail,calm\n";  // has no text: left out
  for (int i = 0; i < 10; ++i)
    test += std::string(i % 2 ? "calm" : "angry") + ",test message " + std::to_string(i) + "," +
            std::string(500, 'x') + "\n";
  const DataFile file("a.csv", main), testFile("t.csv", test);
  ImportOptions options;
  options.textColumn = "text";
  options.labelColumn = "label";
  options.testFile = testFile.path();
  const auto imported = importDataset(file.path(), options);
  ASSERT_TRUE(imported);
  EXPECT_EQ(imported.value->extraColumns, (std::vector<std::string>{"id", "channel"}));
  ASSERT_EQ(imported.value->extra.size(), imported.value->dataset.examples().size());
  for (std::size_t i = 0; i < 40; ++i)
    EXPECT_EQ(imported.value->extra[i],
              (std::vector<std::string>{std::to_string(i), i % 2 ? "mail" : "phone"}));
  EXPECT_EQ(imported.value->extra[40][0], "");  // the test file has no such column
  EXPECT_LE(imported.value->extra[40][1].size(), kMostExtraBytes);
  // They are no part of what the data is.
  ImportOptions fewer = options;
  EXPECT_EQ(imported.value->dataset.hash(), importDataset(file.path(), fewer).value->dataset.hash());
}

TEST(ImportDataset, WorksOnTheTableOfTheImportDialog) {
  const DataFile file("a.csv", manyRows(100));
  const auto table = readTable(file.path());
  const auto fromTable = importTable(*table.value, file.path(), {});
  const auto fromFile = importDataset(file.path(), {});
  EXPECT_EQ(fromTable.value->dataset.hash(), fromFile.value->dataset.hash());
  EXPECT_EQ(fromTable.value->dataset.splitHash(), fromFile.value->dataset.splitHash());
}

TEST(ImportDataset, ReadsPublishedData) {
  const auto folder = sharedFolder() / "data";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "the sample data is not here: " << folder;
  struct Published {
    const char *train, *test;
    std::size_t trainRows, testRows, labels;
  };
  for (const Published& p : {Published{"sst2-train.csv", "sst2-test.csv", 6920, 1821, 2},
                             Published{"trec-train.csv", "trec-test.csv", 5452, 500, 6},
                             Published{"banking77-train.csv", "banking77-test.csv", 10003, 3080, 77}}) {
    ImportOptions options;
    options.testFile = (folder / p.test).string();
    const auto imported = importDataset((folder / p.train).string(), options);
    ASSERT_TRUE(imported) << describe(imported.diagnostics);
    const Dataset& dataset = imported.value->dataset;
    EXPECT_EQ(dataset.labels().size(), p.labels);
    EXPECT_EQ(rowsOf(dataset, Split::kTrain) + rowsOf(dataset, Split::kValidation), p.trainRows);
    EXPECT_EQ(rowsOf(dataset, Split::kTest), p.testRows);
  }
}

TEST(SplitRatiosText, IsReadInPercentAndFractions) {
  for (const char* text : {"70/15/15", "0.7/0.15/0.15", "70% / 15% / 15%"}) {
    const SplitRatios ratios = parseSplitRatios(text);
    EXPECT_DOUBLE_EQ(ratios.train, 0.7);
    EXPECT_DOUBLE_EQ(ratios.validation, 0.15);
    EXPECT_DOUBLE_EQ(ratios.test, 0.15);
  }
  EXPECT_DOUBLE_EQ(parseSplitRatios("80/20/0").test, 0);
  for (const char* text : {"", "70/30", "70/15/16", "0/50/50", "-10/60/50", "a/b/c", "70/15/15/0", "nan/0/1",
                           "inf/0/0", "70,15,15"})
    EXPECT_THROW(parseSplitRatios(text), Error) << text;
}

}  // namespace
}  // namespace attune
