#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "core/base/id.h"
#include "core/store/database.h"

namespace attune {

struct Blob {
  const void* bytes = nullptr;
  std::size_t size = 0;
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
