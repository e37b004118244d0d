#include "core/store/database.h"

#include <sqlite3.h>
#include <sys/vfs.h>

#include <cstdint>
#include <filesystem>
#include <system_error>

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/store/query.h"

namespace attune {
namespace {

constexpr int kBusyMilliseconds = 5000;

bool hasContent(const std::string& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  return !error && size > 0;
}

// The name as an SQLite URI; all that is not plain is escaped.
std::string immutableUri(const std::string& file) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string uri = "file:";
  for (const char c : file) {
    const auto byte = static_cast<unsigned char>(c);
    const bool isPlain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                         (byte >= '0' && byte <= '9') || c == '/' || c == '.' || c == '-' || c == '_';
    if (isPlain)
      uri += c;
    else
      (uri += '%').append({kDigits[byte >> 4], kDigits[byte & 15]});
  }
  return uri + "?mode=ro&immutable=1";
}

// The write-ahead log lies in memory that the processes share, which other computers do not see.
bool isOnNetwork(const std::string& file) {
  struct statfs system;
  if (::statfs(file.c_str(), &system) != 0) return false;
  constexpr std::uint32_t kNetworkSystems[] = {0x6969 /* NFS */,      0x517B /* SMB */,
                                               0xFF534D42 /* CIFS */, 0xFE534D42 /* SMB2 */,
                                               0x5346414F /* AFS */,  0x01021997 /* 9P */};
  for (const std::uint32_t type : kNetworkSystems)
    if (static_cast<std::uint32_t>(system.f_type) == type) return true;
  return false;
}

void checkPlace(const std::string& path, OpenMode mode) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (std::filesystem::is_directory(status))
    throw Error(ErrorKind::kInvalidInput, "'" + path + "' is a folder, not a project file",
                "Name a file that ends in .attune.")
        .inFile(path);
  if (std::filesystem::exists(status)) return;
  if (mode != OpenMode::kCreateOrOpen)
    throw Error(ErrorKind::kNotFound, "there is no project file '" + path + "'",
                "Check the name, or create the project first.")
        .inFile(path);
  const auto folder = std::filesystem::absolute(path).parent_path();
  if (!std::filesystem::is_directory(folder, error))
    throw Error(ErrorKind::kNotFound, "there is no folder '" + folder.string() + "' for the project file",
                "Create the folder or choose another place.")
        .inFile(path);
}

}  // namespace

Database::Database(const std::string& path, OpenMode mode) : path_(path) {
  if (path.empty()) throw Error(ErrorKind::kUsage, "the project file has no name");
  const bool inMemory = path == ":memory:";
  if (!inMemory) checkPlace(path, mode);
  // An absolute name is never taken for a URI.
  file_ = inMemory ? path : std::filesystem::absolute(path).string();
  try {
    if (mode == OpenMode::kReadOnly) {
      openForReading();
    } else {
      try {
        connect(file_, SQLite::OPEN_READWRITE | (mode == OpenMode::kCreateOrOpen ? SQLite::OPEN_CREATE : 0));
      } catch (const SQLite::Exception& problem) {
        const int code = problem.getErrorCode();
        if ((code != SQLITE_CANTOPEN && code != SQLITE_READONLY && code != SQLITE_PERM) || !hasContent(file_))
          throw;
        connection_.reset();
      }
      if (!connection_ || sqlite3_db_readonly(connection_->getHandle(), "main") == 1) openForReading();
    }
  } catch (const SQLite::Exception& problem) {
    fail(problem);
  }
  std::int64_t id = 0;
  bool isNew = false;
  {
    // Both answers from one moment: another process may be making the project just now.
    const Snapshot snapshot(*this);
    if (Query query(*this, "PRAGMA application_id"); query.next()) id = query.integer(0);
    isNew = id == 0 && isEmpty();
  }
  if (isNew && mode == OpenMode::kCreateOrOpen && !isReadOnly_) return;
  if (id != kApplicationId)
    throw Error(ErrorKind::kInvalidInput,
                isNew ? "'" + path + "' is empty: it holds no project"
                      : "'" + path + "' is a database of another program, not an Attune project",
                "Choose a file that Attune made, or another name for a new project.")
        .inFile(path);
}

void Database::connect(const std::string& name, int flags) {
  connection_ = std::make_unique<SQLite::Database>(name, flags, kBusyMilliseconds);
  sqlite3* handle = connection_->getHandle();
  // The file may come from somebody else: no code of its own may run.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
  connection_->exec("PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA foreign_keys=ON");
  connection_->exec("PRAGMA synchronous=FULL; PRAGMA journal_size_limit=67108864");
  // The first page, and with it the locks and the log, are touched only now.
  connection_->execAndGet("PRAGMA application_id");
}

void Database::openForReading() {
  isReadOnly_ = true;
  try {
    connect(file_, SQLite::OPEN_READONLY);
    return;
  } catch (const SQLite::Exception& problem) {
    const int code = problem.getErrorCode();
    if (code != SQLITE_CANTOPEN && code != SQLITE_READONLY) throw;
    connection_.reset();
  }
  // Where no lock can be taken the file itself can still be read, but not what waits in its log.
  for (const char* suffix : {"-wal", "-journal"})
    if (hasContent(file_ + suffix))
      throw Error(
          ErrorKind::kIo,
          "'" + path_ + "' was not closed properly, and its folder cannot be written to repair it",
          "Copy it together with '" + path_ + suffix + "' to a folder that can be written and open the copy.")
          .inFile(path_);
  connect(immutableUri(file_), SQLite::OPEN_READONLY | SQLite::OPEN_URI);
}

bool Database::isEmpty() {
  Query query(*this, "SELECT count(*) FROM sqlite_schema");
  return query.next() && query.integer(0) == 0;
}

std::int64_t Database::version() {
  Query query(*this, "PRAGMA user_version");
  return query.next() ? query.integer(0) : 0;
}

void Database::useWriteAheadLog() {
  if (isOnNetwork(file_)) return;
  const double start = monotonicSeconds();
  for (;;) {
    try {
      connection_->execAndGet("PRAGMA journal_mode=WAL");
      return;
    } catch (const SQLite::Exception& problem) {
      // The switch needs the file for itself and, unlike other locks, is not waited for by SQLite.
      const bool isBusy = problem.getErrorCode() == SQLITE_BUSY;
      if (!isBusy || monotonicSeconds() - start > kBusyMilliseconds / 1000.0) fail(problem);
      sqlite3_sleep(5);
    }
  }
}

void Database::execute(Sql script) {
  try {
    connection_->exec(script.text());
  } catch (const SQLite::Exception& problem) {
    fail(problem);
  }
}

void Database::fail(const SQLite::Exception& problem) const {
  const std::string file = "'" + path_ + "'";
  const std::string said = std::string(" (SQLite: ") + problem.what() + ")";
  const auto error = [&](ErrorKind kind, const std::string& message, const std::string& hint) {
    return Error(kind, message, hint).inFile(path_);
  };
  switch (problem.getErrorCode() & 0xff) {
    case SQLITE_NOTADB:
      throw error(ErrorKind::kInvalidInput, file + " is not an Attune project" + said,
                  "Choose a file that Attune made, or another name for a new project.");
    case SQLITE_CORRUPT:
      throw error(
          ErrorKind::kInvalidInput, file + " is damaged" + said,
          "Keep a copy of it and go back to a backup, for instance the newest " + path_ + ".bak-… file.");
    case SQLITE_ERROR:  // our statements are right, so the tables are not
    case SQLITE_MISMATCH:
    case SQLITE_SCHEMA:
    case SQLITE_AUTH:
      throw error(ErrorKind::kInvalidInput, file + " does not have the tables of a project" + said,
                  "The file was changed by another program; go back to a backup.");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw error(ErrorKind::kIo, file + " was in use by another program for more than 5 seconds" + said,
                  "Close other programs that use the project, then try again.");
    case SQLITE_FULL:
      throw error(ErrorKind::kDiskFull, "the disk is full: " + file + " could not be written",
                  "Free some space, then try again. Nothing that was saved before is lost.");
    case SQLITE_READONLY:
    case SQLITE_PERM:
      throw error(ErrorKind::kIo, file + " cannot be written" + said,
                  "Check the permissions of the file and its folder.");
    case SQLITE_CANTOPEN:
      throw error(ErrorKind::kIo, file + " cannot be opened" + said,
                  "Check the permissions of the file and its folder.");
    case SQLITE_IOERR:
      throw error(ErrorKind::kIo, "the system could not read or write " + file + said,
                  "Check the disk, then open the project again.");
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      throw error(ErrorKind::kIo, "not enough memory for " + file + said,
                  "Close other programs, then try again.");
    default:
      throw error(ErrorKind::kInternal, "the project " + file + " refused a change" + said, {});
  }
}

}  // namespace attune
