#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "core/base/id.h"
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

struct Blob {
  const void* bytes = nullptr;
  std::size_t size = 0;
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

// One use of a prepared statement. Ends the statement when it goes, so that no read stays open by accident.
class Query {
 public:
  template <typename... Values>
  explicit Query(Database& database, Sql sql, const Values&... values) : database_(database), sql_(sql) {
    prepare();
    bind(values...);
  }
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  // True while there is a row to read.
  bool next();
  // Runs a statement that returns no rows; returns the number of rows changed. With values: once more with
  // these.
  std::int64_t run();
  template <typename... Values>
  requires(sizeof...(Values) > 0) std::int64_t run(const Values&... values) {
    restart();
    bind(values...);
    return run();
  }

  bool isNull(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;  // NULL is how SQLite keeps not-a-number
  std::string text(int column) const;
  Blob blob(int column) const;  // valid until the next step

 private:
  void prepare();
  void restart();
  template <typename... Values>
  void bind(const Values&... values) {
    int index = 0;
    (bindOne(++index, values), ...);
  }
  void bindOne(int index, std::int64_t value);
  void bindOne(int index, double value);
  void bindOne(int index, const std::string& value);
  void bindOne(int index, const char* value);
  void bindOne(int index, const Blob& value);
  void bindOne(int index, std::nullptr_t);
  template <typename Tag>
  void bindOne(int index, Id<Tag> id) {
    bindOne(index, id.value);
  }

  Database& database_;
  Sql sql_;
  std::unique_ptr<SQLite::Statement> statement_;
};

// kNormal: survives a killed process, not a power cut within the last moments. For rows that can be lost.
enum class Durability { kFull, kNormal };

// A write: takes the write lock at once (BEGIN IMMEDIATE) and rolls back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database, Durability durability = Durability::kFull);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  void end(const char* sql) noexcept;
  Database& database_;
  Durability durability_;
  bool isOpen_ = true;
};

// Reads that belong together: all of them see the file as it was at the first one.
class Snapshot {
 public:
  explicit Snapshot(Database& database);
  ~Snapshot();
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

 private:
  Database& database_;
};

}  // namespace attune
