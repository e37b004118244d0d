#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "core/store/store.h"

// SQLite in Attune's words. For core/store alone: nothing outside this folder includes it.
namespace attune {

inline constexpr std::int64_t kApplicationId = 0x4154544E;  // "ATTN"

// SQL text that is known to the compiler: a statement put together from values does not compile.
class Sql {
 public:
  consteval Sql(const char* text) : text_(text) {}
  const char* text() const { return text_; }

 private:
  const char* text_;
};

// One connection to a project file, for one thread. Keeps its prepared statements. All SQLite errors leave
// this folder as Error: see `fail`.
class Database {
 public:
  // Opens the file and sets the connection up. Throws Error(kNotFound), Error(kIo), and Error(kInvalidInput)
  // for a file that is no SQLite database or belongs to another program; writes nothing to such a file.
  // A file or folder that may not be written is opened for reading, whatever `mode` says.
  Database(const std::string& path, OpenMode mode);

  const std::string& path() const { return path_; }
  bool isReadOnly() const { return isReadOnly_; }
  // No tables yet: the file was just created, or whoever created it was killed.
  bool isEmpty();
  std::int64_t version();  // of the schema
  // Every later write transaction makes sure that the file still has this version.
  void expectVersion(std::int64_t version) { expectedVersion_ = version; }
  // Switches to write-ahead logging; stays with a rollback journal where the file system cannot do it.
  void useWriteAheadLog();

  void execute(Sql script);  // any number of statements, without values
  std::int64_t lastId() const { return connection_->getLastInsertRowid(); }
  SQLite::Database& connection() { return *connection_; }

  // Translates what SQLite said into an Error about this file.
  [[noreturn]] void fail(const SQLite::Exception& problem) const;

 private:
  friend class Query;
  friend class Transaction;
  using Statements = std::unordered_map<const char*, std::unique_ptr<SQLite::Statement>>;

  void openForReading();
  void connect(const std::string& name, int flags);

  std::string path_;
  std::string file_;  // the absolute name given to SQLite
  bool isReadOnly_ = false;
  std::int64_t expectedVersion_ = -1;
  std::unique_ptr<SQLite::Database> connection_;
  Statements statements_;  // by the address of the text; goes before the connection
};

}  // namespace attune
