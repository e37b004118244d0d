#include "core/run/dataset_store.h"

#include <gtest/gtest.h>

#include "core/base/error.h"
#include "tests/support/store_fixture.h"

namespace attune {
namespace dataset_store_test {

ImportedDataset imported() {
  std::vector<Example> examples{{"caf\xC3\xA9, \"quoted\"\nin two lines", 0, 2},
                                {"\xF0\x9F\x93\xA6 parcel", 1, 4},
                                {" blanks ", 2, 5},
                                {"NUL\0inside", 1, 9},
                                {std::string("NUL\0inside", 10), 0, 10}};
  return {Dataset("n\xC3\xA4me", {"refund", "delivery", ""}, examples,
                  {Split::kTest, Split::kTrain, Split::kValidation, Split::kTrain, Split::kTest}),
          Json().set("source", "messages.csv").set("delimiter", ";")};
}

TEST(DatasetStore, GivesBackWhatWasSaved) {
  const store_fixture::Folder folder;
  Store store(folder.file("p.attune"), OpenMode::kCreateOrOpen);
  const ImportedDataset before = imported();
  const std::vector<Diagnostic> findings{
      {Severity::kWarning, "duplicate_text", "2 rows.", "Remove them.", "messages.csv", 4, {4, 9}}};
  const DatasetId id = saveDataset(store, before, findings);
  const auto after = loadDataset(store, id);
  EXPECT_EQ(after->name(), before.dataset.name());
  EXPECT_EQ(after->labels(), before.dataset.labels());
  EXPECT_EQ(after->hash(), before.dataset.hash());
  EXPECT_EQ(after->splitHash(), before.dataset.splitHash());
  ASSERT_EQ(after->examples().size(), before.dataset.examples().size());
  for (std::size_t i = 0; i < after->examples().size(); ++i) {
    EXPECT_EQ(after->examples()[i].text, before.dataset.examples()[i].text) << i;
    EXPECT_EQ(after->examples()[i].label, before.dataset.examples()[i].label) << i;
    EXPECT_EQ(after->examples()[i].line, before.dataset.examples()[i].line) << i;
    EXPECT_EQ(after->splitOf(static_cast<std::int64_t>(i)),
              before.dataset.splitOf(static_cast<std::int64_t>(i)));
  }
  EXPECT_EQ(loadDataset(store, before.dataset.hash(), before.dataset.splitHash())->hash(), after->hash());

  const DatasetRecord record = store.dataset(id);
  EXPECT_EQ(record.source, "messages.csv");
  EXPECT_EQ(record.importInfo.at("delimiter").asString(), ";");
  EXPECT_EQ(record.splitSizes,
            (std::map<std::string, std::int64_t>{{"test", 2}, {"train", 2}, {"validation", 1}}));
  const auto said = diagnosticsFromJson(record.diagnostics);
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said[0].severity, Severity::kWarning);
  EXPECT_EQ(said[0].rule, "duplicate_text");
  EXPECT_EQ(said[0].message, "2 rows.");
  EXPECT_EQ(said[0].hint, "Remove them.");
  EXPECT_EQ(said[0].file, "messages.csv");
  EXPECT_EQ(said[0].row, 4);
  EXPECT_EQ(said[0].rows, (std::vector<std::int64_t>{4, 9}));
}

TEST(DatasetStore, TheSameRowsAreStoredOnceAndAnotherSplitIsAnotherDataset) {
  const store_fixture::Folder folder;
  Store store(folder.file("p.attune"), OpenMode::kCreateOrOpen);
  const ImportedDataset first = imported();
  const DatasetId id = saveDataset(store, first, {});
  EXPECT_EQ(saveDataset(store, imported(), {}), id);
  std::vector<Split> splits(first.dataset.examples().size(), Split::kTrain);
  splits.front() = Split::kTest;
  const ImportedDataset other{Dataset("other", first.dataset.labels(), first.dataset.examples(), splits),
                              Json::object()};
  const DatasetId otherId = saveDataset(store, other, {});
  EXPECT_NE(otherId, id);
  EXPECT_EQ(loadDataset(store, other.dataset.hash(), other.dataset.splitHash())->rows(Split::kTest).size(),
            1u);
  EXPECT_EQ(loadDataset(store, first.dataset.hash(), first.dataset.splitHash())->rows(Split::kTest).size(),
            2u);
}

// A number would be attributed to other data than it was measured on: nothing is computed on such rows.
TEST(DatasetStore, RefusesRowsThatDoNotHaveTheirHash) {
  const store_fixture::Folder folder;
  Store store(folder.file("p.attune"), OpenMode::kCreateOrOpen);
  const DatasetId id = store.addDataset(store_fixture::record("changed"), store_fixture::examples());
  for (int way = 0; way < 2; ++way) {
    try {
      if (way == 0)
        loadDataset(store, id);
      else
        loadDataset(store, "hash-1", "split-1");
      ADD_FAILURE() << "was loaded";
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), ErrorKind::kInvalidInput);
      EXPECT_EQ(e.file(), store.path());
      EXPECT_NE(std::string(e.what()).find("changed"), std::string::npos);
      EXPECT_FALSE(e.hint().empty());
    }
  }
}

TEST(DatasetStore, SaysThatADatasetIsNotThere) {
  const store_fixture::Folder folder;
  Store store(folder.file("p.attune"), OpenMode::kCreateOrOpen);
  try {
    loadDataset(store, "hash-1", "split-1");
    ADD_FAILURE() << "was loaded";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::kNotFound);
    EXPECT_FALSE(e.hint().empty());
  }
}

TEST(DatasetStore, DiagnosticsOfAnotherVersionAreReadAsFarAsPossible) {
  EXPECT_TRUE(diagnosticsFromJson(Json()).empty());
  EXPECT_TRUE(diagnosticsFromJson(Json("text")).empty());
  const auto read =
      diagnosticsFromJson(Json().push(Json().set("severity", "catastrophe").set("message", "m")));
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0].severity, Severity::kWarning);
  EXPECT_EQ(read[0].row, -1);
}

}  // namespace dataset_store_test
}  // namespace attune
