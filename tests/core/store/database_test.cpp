#include "core/store/database.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <thread>

#include "core/base/error.h"
#include "core/base/seed.h"
#include "core/store/query.h"
#include "core/store/store.h"
#include "tests/support/store_fixture.h"

namespace attune {
namespace {

using namespace store_fixture;

// The error of opening, or nothing.
std::optional<Error> errorOf(const std::string& path, OpenMode mode) {
  try {
    const Store store(path, mode);
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

void fill(const std::string& path) {
  Store store(path, OpenMode::kCreateOrOpen);
  store.addDataset(record("a"), examples());
  const StudyId id = store.addStudy(study());
  store.addRuns(id, specs(50));
  const RunId run = runningRun(store, id, spec(1));
  for (std::int64_t k = 1; k <= 200; ++k) store.appendSteps(run, {{k, 0.5, 0, 0, 0, k}});
  store.apply(run, RunScored{kTestSplit, 1, {{"accuracy", 0.5}}, true});
  store.apply(run, RunPredicted{kTestSplit, {{0, 0, 0, {0.5f, 0.5f}}}});
  store.setSetting("a", "b");
}

TEST(Database, WorksAsTheRulesForProjectsSay) {
  const Folder folder;
  { Store(folder.file("p"), OpenMode::kCreateOrOpen); }
  Database database(folder.file("p"), OpenMode::kOpen);
  const auto pragma = [&](Sql sql) {
    Query query(database, sql);
    return query.next() ? query.text(0) : std::string();
  };
  EXPECT_EQ(pragma("PRAGMA journal_mode"), "wal");
  EXPECT_EQ(pragma("PRAGMA foreign_keys"), "1");
  EXPECT_EQ(pragma("PRAGMA trusted_schema"), "0");
  EXPECT_EQ(pragma("PRAGMA cell_size_check"), "1");
  EXPECT_EQ(pragma("PRAGMA synchronous"), "2");
  EXPECT_EQ(pragma("PRAGMA busy_timeout"), "5000");
  EXPECT_EQ(pragma("PRAGMA application_id"), std::to_string(0x4154544E));
  {
    const Transaction steps(database, Durability::kNormal);
    EXPECT_EQ(pragma("PRAGMA synchronous"), "1");
  }
  EXPECT_EQ(pragma("PRAGMA synchronous"), "2");
}

TEST(Database, ATransactionThatIsNotCommittedLeavesNothing) {
  const Folder folder;
  Store store(folder.file("p"), OpenMode::kCreateOrOpen);
  Database database(folder.file("p"), OpenMode::kOpen);
  {
    const Transaction transaction(database);
    Query(database, "INSERT INTO settings VALUES ('a', 'b')").run();
  }
  EXPECT_FALSE(store.setting("a"));
  EXPECT_THROW(Query(database, "INSERT INTO study_runs VALUES (1, 1, 1)").run(), Error);  // no such study
}

TEST(Database, AFullDiskIsSaidAndLosesNothing) {
  const Folder folder;
  { Store(folder.file("p"), OpenMode::kCreateOrOpen).setSetting("a", "b"); }
  Database database(folder.file("p"), OpenMode::kOpen);
  database.execute("PRAGMA max_page_count=1");  // as many pages as there are
  try {
    Transaction transaction(database);
    Query(database, "INSERT INTO settings VALUES ('big', ?)", std::string(100000, 'x')).run();
    transaction.commit();
    ADD_FAILURE() << "written";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kDiskFull);
    EXPECT_NE(std::string(error.what()).find("disk is full"), std::string::npos);
  }
  // The connection is of use again as soon as there is room.
  database.execute("PRAGMA max_page_count=1000");
  Transaction transaction(database);
  Query(database, "INSERT INTO settings VALUES ('small', 'x')").run();
  transaction.commit();
  Store store(folder.file("p"), OpenMode::kOpen);
  EXPECT_EQ(store.setting("a"), "b");
  EXPECT_EQ(store.setting("small"), "x");
  EXPECT_FALSE(store.setting("big"));
}

TEST(Database, DeletingAStudyOrRunTakesWhatBelongsToIt) {
  const Folder folder;
  fill(folder.file("p"));
  Database database(folder.file("p"), OpenMode::kOpen);
  Query(database, "DELETE FROM runs").run();
  for (const Sql sql : {Sql("SELECT count(*) FROM steps"), Sql("SELECT count(*) FROM scores"),
                        Sql("SELECT count(*) FROM predictions"), Sql("SELECT count(*) FROM study_runs")}) {
    Query query(database, sql);
    ASSERT_TRUE(query.next());
    EXPECT_EQ(query.integer(0), 0) << sql.text();
  }
}

TEST(Database, SaysWhenThereIsNoFile) {
  const Folder folder;
  for (const OpenMode mode : {OpenMode::kOpen, OpenMode::kReadOnly})
    EXPECT_EQ(errorOf(folder.file("none.attune"), mode)->kind(), ErrorKind::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(folder.file("none.attune")));
  EXPECT_EQ(errorOf(folder.file("no/folder.attune"), OpenMode::kCreateOrOpen)->kind(), ErrorKind::kNotFound);
  EXPECT_EQ(errorOf(folder.path(), OpenMode::kCreateOrOpen)->kind(), ErrorKind::kInvalidInput);
  EXPECT_EQ(errorOf("", OpenMode::kCreateOrOpen)->kind(), ErrorKind::kUsage);
}

TEST(Database, TakesAnyNameForAFile) {
  const Folder folder;
  for (const char* name :
       {"a b?c#d%41&e'\"\xC3\xBC\xE6\xB8\xAC.attune", "file:x?mode=memory", ":memory: not"}) {
    const std::string path = folder.file(name);
    Store(path, OpenMode::kCreateOrOpen).setSetting("a", "b");
    EXPECT_TRUE(std::filesystem::exists(path)) << name;
    EXPECT_EQ(Store(path, OpenMode::kReadOnly).setting("a"), "b");
  }
}

TEST(Database, AFileThatIsNoProjectIsRefusedAndNotTouched) {
  const Folder folder;
  const std::string text = folder.file("t"), foreign = folder.file("f"), unmarked = folder.file("u");
  writeBytes(text, std::string(5000, 'x'));
  SQLite::Database(foreign, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
      .exec("PRAGMA application_id=7; PRAGMA user_version=1; CREATE TABLE runs (id)");
  SQLite::Database(unmarked, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("CREATE TABLE runs (id)");
  for (const std::string& path : {text, foreign, unmarked}) {
    const std::string before = bytesOfFile(path);
    for (const OpenMode mode : {OpenMode::kCreateOrOpen, OpenMode::kOpen, OpenMode::kReadOnly}) {
      const auto error = errorOf(path, mode);
      ASSERT_TRUE(error);
      EXPECT_EQ(error->kind(), ErrorKind::kInvalidInput);
      EXPECT_NE(std::string(error->what()).find(path), std::string::npos);
      EXPECT_NE(error->hint(), "");
    }
    EXPECT_EQ(bytesOfFile(path), before);
  }
}

TEST(Database, AnEmptyFileBecomesAProjectOnlyWhenOneIsMade) {
  const Folder folder;
  writeBytes(folder.file("e"), "");
  EXPECT_EQ(errorOf(folder.file("e"), OpenMode::kOpen)->kind(), ErrorKind::kInvalidInput);
  EXPECT_EQ(errorOf(folder.file("e"), OpenMode::kReadOnly)->kind(), ErrorKind::kInvalidInput);
  EXPECT_FALSE(errorOf(folder.file("e"), OpenMode::kCreateOrOpen));
  EXPECT_FALSE(errorOf(folder.file("e"), OpenMode::kOpen));
}

// Opens the file and reads all there is; only Error may come out.
void readAll(const std::string& path, OpenMode mode) {
  try {
    Store store(path, mode);
    store.checkIntegrity();
    for (const DatasetRecord& dataset : store.datasets()) store.examples(dataset.id);
    for (const Study& each : store.studies()) store.runs(each.id);
    for (const auto& run : store.allRuns()) {
      store.steps(run.id);
      store.predictions(run.id, kTestSplit);
      store.validationCurve(run.id);
    }
  } catch (const Error& error) {
    EXPECT_NE(error.kind(), ErrorKind::kInternal) << error.what();
  }
}

TEST(Database, ADamagedHeaderIsRefused) {
  const Folder folder;
  fill(folder.file("p"));
  std::string bytes = bytesOfFile(folder.file("p"));
  bytes[0] = 'X';
  writeBytes(folder.file("p"), bytes);
  const auto error = errorOf(folder.file("p"), OpenMode::kOpen);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::kInvalidInput);
}

TEST(Database, ADamagedTableOfContentsIsRefused) {
  const Folder folder;
  fill(folder.file("p"));
  std::string bytes = bytesOfFile(folder.file("p"));
  for (std::size_t i = 100; i < 4096; ++i) bytes[i] = static_cast<char>(bytes[i] ^ 0x5a);
  writeBytes(folder.file("p"), bytes);
  const auto error = errorOf(folder.file("p"), OpenMode::kOpen);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::kInvalidInput);
  EXPECT_NE(error->hint().find("backup"), std::string::npos);
}

TEST(Database, DamagedPagesAreFoundByTheCheckAndReportedOnReading) {
  const Folder folder;
  fill(folder.file("p"));
  std::string bytes = bytesOfFile(folder.file("p"));
  ASSERT_GT(bytes.size(), 20u * 4096);
  // All pages but the first, which holds the list of tables, get a broken head.
  for (std::size_t page = 4096; page < bytes.size(); page += 4096) bytes[page] = '\x7f';
  writeBytes(folder.file("p"), bytes);
  readAll(folder.file("p"), OpenMode::kReadOnly);
  try {
    Store store(folder.file("p"), OpenMode::kReadOnly);
    EXPECT_FALSE(store.checkIntegrity().empty());
    store.allRuns();
    ADD_FAILURE() << "runs read from broken pages";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInvalidInput);
  }
}

TEST(Database, AnyFlippedByteGivesAnErrorOrAnAnswerButNoCrash) {
  const Folder folder;
  fill(folder.file("p"));
  const std::string whole = bytesOfFile(folder.file("p"));
  Random random({11});
  for (int round = 0; round < 300; ++round) {
    std::string bytes = whole;
    // Every other round in the header and the list of tables, where one byte matters most.
    const auto at = random.below(round % 2 == 0 ? 4096 : bytes.size());
    bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1 + random.below(255)));
    if (round % 10 == 9) bytes.resize(random.below(bytes.size()));
    writeBytes(folder.file("q"), bytes);
    SCOPED_TRACE("byte " + std::to_string(at));
    readAll(folder.file("q"), round % 3 == 0 ? OpenMode::kOpen : OpenMode::kReadOnly);
    for (const char* suffix : {"", "-wal", "-shm", "-journal"})
      std::filesystem::remove(folder.file("q") + suffix);
  }
}

TEST(Database, ReadOnlyWritesNothing) {
  const Folder folder;
  fill(folder.file("p"));
  const std::string before = bytesOfFile(folder.file("p"));
  {
    Store store(folder.file("p"), OpenMode::kReadOnly);
    EXPECT_TRUE(store.isReadOnly());
    EXPECT_EQ(store.setting("a"), "b");
    try {
      store.setSetting("a", "c");
      ADD_FAILURE() << "written";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kIo);
    }
    EXPECT_THROW(store.markInterrupted(), Error);
  }
  EXPECT_EQ(bytesOfFile(folder.file("p")), before);
}

// Runs `check` as a user who may not write to the folder; its text, empty when all is well, comes back.
std::string asReader(const Folder& folder, const std::function<std::string()>& check) {
  int link[2];
  if (::pipe(link) != 0) return "no pipe";
  ::chmod(folder.path().c_str(), 0555);
  const pid_t child = ::fork();
  if (child == 0) {
    std::string answer;
    if (::geteuid() == 0 && ::setuid(65534) != 0) answer = "cannot become another user";
    try {
      if (answer.empty()) answer = check();
    } catch (const std::exception& problem) {
      answer = problem.what();
    }
    ::_exit(::write(link[1], answer.data(), answer.size()) < 0 ? 1 : 0);
  }
  ::close(link[1]);
  std::string answer(4096, '\0');
  const ssize_t size = ::read(link[0], answer.data(), answer.size());
  answer.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  ::close(link[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  ::chmod(folder.path().c_str(), 0755);
  return status == 0 ? answer : "crashed; " + answer;
}

TEST(Database, AProjectInAFolderThatCannotBeWrittenIsReadable) {
  const Folder folder;
  const std::string path = folder.file("p ?#%41.attune");
  fill(path);
  for (const mode_t mode : {mode_t{0444}, mode_t{0666}}) {
    ::chmod(path.c_str(), mode);
    for (const OpenMode open : {OpenMode::kReadOnly, OpenMode::kOpen, OpenMode::kCreateOrOpen})
      EXPECT_EQ(asReader(folder,
                         [&] {
                           Store store(path, open);
                           if (!store.isReadOnly()) return "not read-only";
                           if (store.setting("a") != "b") return "setting lost";
                           if (store.allRuns().size() != 50) return "runs lost";
                           return store.checkIntegrity().empty() ? "" : "not intact";
                         }),
                "");
  }
}

TEST(Database, WhatWaitsInTheLogIsNeverLeftOutSilently) {
  // A copy of a project whose writer still runs: the last change is in the log only.
  const Folder folder;
  const Folder live;
  fill(live.file("p"));
  Store writer(live.file("p"), OpenMode::kOpen);
  writer.setSetting("a", "newer");
  std::filesystem::copy_file(live.file("p"), folder.file("p"));
  std::filesystem::copy_file(live.file("p-wal"), folder.file("p-wal"));
  for (const char* name : {"p", "p-wal"}) ::chmod(folder.file(name).c_str(), 0444);
  const std::string answer = asReader(folder, [&] {
    Store store(folder.file("p"), OpenMode::kReadOnly);
    return "read " + store.setting("a").value_or("nothing");
  });
  // SQLite may be able to read the log without writing; if it is not, it must say so.
  EXPECT_TRUE(answer == "read newer" || answer.find("not closed properly") != std::string::npos) << answer;
}

TEST(Database, ManyThreadsMayMakeTheSameFileAtOnce) {
  for (int round = 0; round < 20; ++round) {
    const Folder folder;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        try {
          Store store(folder.file("p"), OpenMode::kCreateOrOpen);
          store.setSetting(std::to_string(t), "here");
        } catch (const Error& error) {
          ADD_FAILURE() << error.what();
        }
      });
    for (std::thread& thread : threads) thread.join();
    Store store(folder.file("p"), OpenMode::kOpen);
    for (int t = 0; t < 4; ++t) EXPECT_EQ(store.setting(std::to_string(t)), "here");
  }
}

TEST(Database, ATriggerHiddenInAForeignProjectDoesNotRun) {
  const Folder folder;
  fill(folder.file("p"));
  SQLite::Database(folder.file("p"), SQLite::OPEN_READWRITE)
      .exec("CREATE TRIGGER t AFTER INSERT ON settings BEGIN DELETE FROM runs; END");
  Store store(folder.file("p"), OpenMode::kOpen);
  store.setSetting("x", "y");
  EXPECT_EQ(store.allRuns().size(), 50u);
}

TEST(Database, AnArtifactThatLeadsOutOfAForeignProjectIsNotFollowed) {
  const Folder folder;
  fill(folder.file("p"));
  SQLite::Database(folder.file("p"), SQLite::OPEN_READWRITE)
      .exec("INSERT INTO artifacts VALUES (1, '../../etc/passwd', 'adapter', 1, 'h')");
  Store store(folder.file("p"), OpenMode::kOpen);
  EXPECT_TRUE(store.run({1}).artifacts.empty());
  EXPECT_EQ(store.checkIntegrity().size(), 1u);
}

}  // namespace
}  // namespace attune
