#include "core/store/schema.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/store/query.h"
#include "tests/support/store_fixture.h"

namespace attune {
namespace {

using namespace store_fixture;

// The newest schema and two versions that may come after it.
Migrations future() {
  Migrations list = currentMigrations();
  EXPECT_EQ(list.size(), 4u) << "adapt the numbers below";
  list.push_back(
      "ALTER TABLE settings ADD COLUMN note TEXT NOT NULL DEFAULT 'old'; PRAGMA user_version = 5;");
  list.push_back("CREATE TABLE notes (text TEXT); PRAGMA user_version = 6;");
  return list;
}

std::string textOf(Database& database, Sql sql) {
  Query query(database, sql);
  return query.next() ? query.text(0) : "no row";
}

std::vector<std::string> filesOf(const Folder& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

TEST(Schema, AFileOfEveryOlderVersionIsBroughtToTheNewest) {
  for (std::size_t k = 0; k < future().size(); ++k) {
    const Folder folder;
    const std::string path = folder.file("p.attune");
    {
      SQLite::Database old(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
      old.exec("PRAGMA application_id=1096045646");
      for (std::size_t i = 0; i < k; ++i) old.exec(future()[i].text());
      if (k > 0) old.exec("INSERT INTO settings (name, value) VALUES ('kept', 'yes')");
    }
    {
      Database database = openProject(path, OpenMode::kOpen, future());
      EXPECT_EQ(database.version(), 6);
      EXPECT_EQ(textOf(database, "SELECT note FROM settings WHERE name = 'kept'"), k == 0 ? "no row" : "old");
      EXPECT_EQ(textOf(database, "SELECT value FROM format WHERE name = 'written_by'"), ATTUNE_VERSION);
      EXPECT_EQ(textOf(database, "PRAGMA journal_mode"), "wal");
    }
    if (k == 0) {
      EXPECT_EQ(filesOf(folder), std::vector<std::string>{"p.attune"});  // nothing was there to be copied
      continue;
    }
    const std::string backup = "p.attune.bak-" + std::to_string(k);
    EXPECT_EQ(filesOf(folder), (std::vector<std::string>{"p.attune", backup}));
    Database copy(folder.file(backup), OpenMode::kOpen);
    EXPECT_EQ(copy.version(), static_cast<std::int64_t>(k));
    EXPECT_EQ(textOf(copy, "SELECT value FROM settings WHERE name = 'kept'"), "yes");
  }
}

TEST(Schema, ABackupNeverReplacesAnOlderOne) {
  const Folder folder;
  Store(folder.file("p"), OpenMode::kCreateOrOpen).setSetting("a", "b");
  writeBytes(folder.file("p.bak-4"), "precious");
  openProject(folder.file("p"), OpenMode::kOpen, future());
  EXPECT_EQ(bytesOfFile(folder.file("p.bak-4")), "precious");
  EXPECT_EQ(Store(folder.file("p.bak-4-2"), OpenMode::kOpen).setting("a"), "b");
}

TEST(Schema, AMigrationThatFailsChangesNothing) {
  const Folder folder;
  Store(folder.file("p"), OpenMode::kCreateOrOpen).setSetting("a", "b");
  Migrations broken = future();
  broken.push_back("DELETE FROM settings; INSERT INTO nowhere VALUES (1); PRAGMA user_version = 7;");
  EXPECT_THROW(openProject(folder.file("p"), OpenMode::kOpen, broken), Error);
  EXPECT_EQ(Store(folder.file("p"), OpenMode::kOpen).setting("a"), "b");  // still version 4
}

TEST(Schema, WhatIsInTheLogGoesIntoTheBackupToo) {
  const Folder folder;
  Store open(folder.file("p"), OpenMode::kCreateOrOpen);
  open.setSetting("a", "b");  // not yet in the file itself
  openProject(folder.file("p"), OpenMode::kOpen, future());
  EXPECT_EQ(Store(folder.file("p.bak-4"), OpenMode::kOpen).setting("a"), "b");
  // The older program notices before it writes by the old rules.
  try {
    open.setSetting("a", "c");
    ADD_FAILURE() << "written";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUnsupported);
  }
}

TEST(Schema, ANewerFileIsRefusedWithBothVersions) {
  const Folder folder;
  { Store(folder.file("p"), OpenMode::kCreateOrOpen); }
  SQLite::Database(folder.file("p"), SQLite::OPEN_READWRITE)
      .exec(
          "PRAGMA user_version=17; UPDATE format SET value='9.9' WHERE name='written_by';"
          "UPDATE format SET value='17' WHERE name='oldest_reader'");
  for (const OpenMode mode : {OpenMode::kOpen, OpenMode::kCreateOrOpen, OpenMode::kReadOnly}) {
    const std::string before = bytesOfFile(folder.file("p"));
    try {
      const Store store(folder.file("p"), mode);
      ADD_FAILURE() << "opened";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUnsupported);
      const std::string what = error.what();
      EXPECT_NE(what.find("version 17"), std::string::npos) << what;
      EXPECT_NE(what.find("Attune 9.9"), std::string::npos) << what;
      EXPECT_NE(what.find("up to 4"), std::string::npos) << what;
      EXPECT_NE(error.hint(), "");
    }
    EXPECT_EQ(bytesOfFile(folder.file("p")), before);
  }
}

TEST(Schema, ANewerFileThatThisVersionCanReadIsOpenedForReading) {
  const Folder folder;
  Store(folder.file("p"), OpenMode::kCreateOrOpen).setSetting("a", "b");
  openProject(folder.file("p"), OpenMode::kOpen, future());  // leaves 'oldest_reader' at 1
  EXPECT_THROW(Store(folder.file("p"), OpenMode::kOpen), Error);
  Store store(folder.file("p"), OpenMode::kReadOnly);
  EXPECT_EQ(store.setting("a"), "b");
}

TEST(Schema, AnOlderFileIsNotMigratedWhenReadOnly) {
  const Folder folder;
  { Store(folder.file("p"), OpenMode::kCreateOrOpen); }
  const std::string before = bytesOfFile(folder.file("p"));
  try {
    openProject(folder.file("p"), OpenMode::kReadOnly, future());
    ADD_FAILURE() << "opened";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUnsupported);
  }
  EXPECT_EQ(bytesOfFile(folder.file("p")), before);
}

TEST(Schema, AVersionBelowZeroIsDamage) {
  const Folder folder;
  { Store(folder.file("p"), OpenMode::kCreateOrOpen); }
  SQLite::Database(folder.file("p"), SQLite::OPEN_READWRITE).exec("PRAGMA user_version=-1");
  try {
    const Store store(folder.file("p"), OpenMode::kOpen);
    ADD_FAILURE() << "opened";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInvalidInput);
  }
}

TEST(Schema, ManyProcessesMayMigrateAtOnceAndOneCopyIsMade) {
  const Folder folder;
  Store(folder.file("p"), OpenMode::kCreateOrOpen).setSetting("a", "b");
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      try {
        openProject(folder.file("p"), OpenMode::kOpen, future());
        ::_exit(0);
      } catch (...) {
        ::_exit(1);
      }
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(filesOf(folder), (std::vector<std::string>{"p", "p.bak-4"}));
}

}  // namespace
}  // namespace attune
