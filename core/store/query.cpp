#include "core/store/query.h"

#include <sqlite3.h>

#include <limits>
#include <utility>

#include "core/base/error.h"

namespace attune {

void Query::prepare() {
  auto& cached = database_.statements_[sql_.text()];
  if (cached) {
    statement_ = std::move(cached);
    return;
  }
  try {
    statement_ = std::make_unique<SQLite::Statement>(*database_.connection_, sql_.text());
  } catch (const SQLite::Exception& problem) {
    database_.fail(problem);
  }
}

Query::~Query() {
  statement_->tryReset();
  try {
    statement_->clearBindings();
    database_.statements_[sql_.text()] = std::move(statement_);
  } catch (const std::exception&) {  // then it is prepared again next time
  }
}

void Query::restart() { statement_->tryReset(); }

bool Query::next() {
  try {
    return statement_->executeStep();
  } catch (const SQLite::Exception& problem) {
    database_.fail(problem);
  }
}

std::int64_t Query::run() {
  try {
    return statement_->exec();
  } catch (const SQLite::Exception& problem) {
    database_.fail(problem);
  }
}

bool Query::isNull(int column) const { return statement_->isColumnNull(column); }
std::int64_t Query::integer(int column) const { return statement_->getColumn(column).getInt64(); }
double Query::real(int column) const {
  if (isNull(column)) return std::numeric_limits<double>::quiet_NaN();
  return statement_->getColumn(column).getDouble();
}
std::string Query::text(int column) const { return statement_->getColumn(column).getString(); }
Blob Query::blob(int column) const {
  const SQLite::Column value = statement_->getColumn(column);
  const void* bytes = value.getBlob();
  return {bytes, static_cast<std::size_t>(value.getBytes())};
}

void Query::bindOne(int index, std::int64_t value) { statement_->bind(index, value); }
void Query::bindOne(int index, double value) { statement_->bind(index, value); }
void Query::bindOne(int index, const std::string& value) { statement_->bind(index, value); }
void Query::bindOne(int index, const char* value) { statement_->bind(index, value); }
void Query::bindOne(int index, std::nullptr_t) { statement_->bind(index); }
void Query::bindOne(int index, const Blob& value) {
  // A null pointer would be stored as NULL instead of as an empty value.
  statement_->bind(index, value.size > 0 ? value.bytes : "", static_cast<int>(value.size));
}

Transaction::Transaction(Database& database, Durability durability)
    : database_(database), durability_(durability) {
  if (database.isReadOnly())
    throw Error(ErrorKind::kIo, "'" + database.path() + "' is open for reading only: it cannot be changed",
                "Check the permissions of the file and its folder, or work on a copy.")
        .inFile(database.path());
  // In effect from the next transaction on; a later commit of full durability covers this one.
  if (durability == Durability::kNormal) database.execute("PRAGMA synchronous=NORMAL");
  try {
    database.execute("BEGIN IMMEDIATE");
    if (database.expectedVersion_ >= 0 && database.version() != database.expectedVersion_)
      throw Error(ErrorKind::kUnsupported,
                  "'" + database.path() + "' was meanwhile brought to another version by another Attune",
                  "Open the project again.")
          .inFile(database.path());
  } catch (...) {
    end("ROLLBACK");
    throw;
  }
}

Transaction::~Transaction() {
  if (isOpen_) end("ROLLBACK");
}

void Transaction::commit() {
  database_.execute("COMMIT");
  isOpen_ = false;
  end(nullptr);
}

void Transaction::end(const char* sql) noexcept {
  // After some failures SQLite has rolled back by itself; then there is nothing to do.
  if (sql && sqlite3_get_autocommit(database_.connection_->getHandle()) == 0)
    database_.connection_->tryExec(sql);
  if (durability_ == Durability::kNormal) database_.connection_->tryExec("PRAGMA synchronous=FULL");
}

Snapshot::Snapshot(Database& database) : database_(database) { database.execute("BEGIN"); }
Snapshot::~Snapshot() { database_.connection().tryExec("ROLLBACK"); }

}  // namespace attune
