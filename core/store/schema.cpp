#include "core/store/schema.h"

#include <filesystem>
#include <system_error>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/store/query.h"

namespace attune {
namespace {

// `format` is how a file of a later version speaks to this program: 'oldest_reader' is the lowest version
// that can read it, 'written_by' the Attune that brought it to its version.
constexpr Sql kVersion1 = R"sql(
PRAGMA application_id = 1096045646;

CREATE TABLE format (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO format VALUES ('oldest_reader', '1');

CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE datasets (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  source TEXT NOT NULL,
  hash TEXT NOT NULL,
  split_hash TEXT NOT NULL,
  labels TEXT NOT NULL,
  split_sizes TEXT NOT NULL,
  diagnostics TEXT NOT NULL,
  import_info TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  UNIQUE (hash, split_hash)
) STRICT;

-- All names under which a dataset was added; the newest use of a name counts.
CREATE TABLE dataset_names (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  dataset_id INTEGER NOT NULL REFERENCES datasets ON DELETE CASCADE
) STRICT;
CREATE INDEX dataset_names_by_dataset ON dataset_names (dataset_id);

CREATE TABLE examples (
  dataset_id INTEGER NOT NULL REFERENCES datasets ON DELETE CASCADE,
  row INTEGER NOT NULL,
  line INTEGER NOT NULL,
  split TEXT NOT NULL,
  text TEXT NOT NULL,
  label INTEGER NOT NULL,
  PRIMARY KEY (dataset_id, row)
) STRICT, WITHOUT ROWID;

CREATE TABLE studies (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  dataset_id INTEGER REFERENCES datasets,
  split_hash TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  study TEXT NOT NULL
) STRICT;
CREATE INDEX studies_by_dataset ON studies (dataset_id);

-- `sequence` orders the queue.
CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL UNIQUE,
  split_hash TEXT NOT NULL,
  spec TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  phase TEXT NOT NULL DEFAULT '',
  created_ms INTEGER NOT NULL,
  started_ms INTEGER NOT NULL DEFAULT 0,
  ended_ms INTEGER NOT NULL DEFAULT 0,
  step INTEGER NOT NULL DEFAULT 0,
  total_steps INTEGER NOT NULL DEFAULT 0,
  cost TEXT NOT NULL DEFAULT '{}',
  environment TEXT NOT NULL DEFAULT 'null',
  owner_boot TEXT NOT NULL DEFAULT '',
  owner_pid INTEGER NOT NULL DEFAULT 0,
  owner_start INTEGER NOT NULL DEFAULT 0,
  sequence INTEGER NOT NULL UNIQUE
) STRICT;
CREATE INDEX runs_by_state ON runs (state, sequence);
CREATE INDEX runs_by_split ON runs (split_hash);

CREATE TABLE study_runs (
  study_id INTEGER NOT NULL REFERENCES studies ON DELETE CASCADE,
  position INTEGER NOT NULL,
  run_id INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  PRIMARY KEY (study_id, position),
  UNIQUE (study_id, run_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX study_runs_by_run ON study_runs (run_id);

CREATE TABLE scores (
  run_id INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  name TEXT NOT NULL,
  value REAL,
  step INTEGER NOT NULL,
  PRIMARY KEY (run_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE validation_points (
  run_id INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  step INTEGER NOT NULL,
  split TEXT NOT NULL,
  name TEXT NOT NULL,
  value REAL,
  PRIMARY KEY (run_id, step, split, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE steps (
  run_id INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  step INTEGER NOT NULL,
  loss REAL,
  learning_rate REAL,
  gradient_norm REAL,
  seconds REAL,
  examples INTEGER NOT NULL,
  PRIMARY KEY (run_id, step)
) STRICT, WITHOUT ROWID;

-- `probabilities` are 32-bit floats, lowest byte first, one a label.
CREATE TABLE predictions (
  run_id INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  split TEXT NOT NULL,
  row INTEGER NOT NULL,
  label INTEGER NOT NULL,
  predicted INTEGER NOT NULL,
  probabilities BLOB NOT NULL,
  PRIMARY KEY (run_id, split, row)
) STRICT, WITHOUT ROWID;

CREATE TABLE artifacts (
  run_id INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  path TEXT NOT NULL,
  kind TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  PRIMARY KEY (run_id, path)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 1;
)sql";

// Free answers: what was written, and how likely the right answer was (natural logarithm) with its tokens.
constexpr Sql kVersion2 = R"sql(
ALTER TABLE predictions ADD COLUMN text TEXT NOT NULL DEFAULT '';
ALTER TABLE predictions ADD COLUMN log_likelihood REAL NOT NULL DEFAULT 0;
ALTER TABLE predictions ADD COLUMN answer_tokens INTEGER NOT NULL DEFAULT 0;

PRAGMA user_version = 2;
)sql";

// What the convergence doctor found in a run.
constexpr Sql kVersion3 = R"sql(
ALTER TABLE runs ADD COLUMN findings TEXT NOT NULL DEFAULT '[]';

PRAGMA user_version = 3;
)sql";

// The file's other columns, by which results are cut in slices, and what the analyst noted about examples.
constexpr Sql kVersion4 = R"sql(
ALTER TABLE datasets ADD COLUMN extra_columns TEXT NOT NULL DEFAULT '[]';
ALTER TABLE examples ADD COLUMN extra TEXT NOT NULL DEFAULT '[]';

CREATE TABLE example_marks (
  dataset_id INTEGER NOT NULL REFERENCES datasets ON DELETE CASCADE,
  row INTEGER NOT NULL,
  starred INTEGER NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (dataset_id, row)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 4;
)sql";

std::string formatNote(Database& database, const char* name) {
  Query query(database, "SELECT value FROM format WHERE name = ?", name);
  return query.next() ? query.text(0) : std::string();
}

void refuseNewer(Database& database, std::int64_t version, std::int64_t newest) {
  std::string maker;
  std::int64_t oldestReader = version;
  try {
    maker = formatNote(database, "written_by");
    oldestReader = parseInt(formatNote(database, "oldest_reader")).value_or(version);
  } catch (const Error&) {  // not even this table is as it was
  }
  const bool isReadable = oldestReader <= newest;
  if (isReadable && database.isReadOnly()) return;
  throw Error(ErrorKind::kUnsupported,
              "'" + database.path() + "' has file version " + std::to_string(version) +
                  (maker.empty() ? std::string() : " (written by Attune " + maker + ")") +
                  ", but this Attune knows versions up to " + std::to_string(newest),
              isReadable ? "Install a newer Attune, or open the project for reading only."
                         : "Install a newer Attune.")
      .inFile(database.path());
}

// Copies the committed content. Needs a connection of its own, because the caller holds a transaction.
void backUp(Database& database, std::int64_t version) {
  std::string target = database.path() + ".bak-" + std::to_string(version);
  for (int n = 2; std::filesystem::exists(target); ++n)
    target = database.path() + ".bak-" + std::to_string(version) + "-" + std::to_string(n);
  const std::string temporary = temporaryNameFor(target);
  try {
    Database source(database.path(), OpenMode::kReadOnly);
    Query(source, "VACUUM INTO ?", std::filesystem::absolute(temporary).string()).run();
    commitFile(temporary, target);
  } catch (const Error& problem) {
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
    throw Error(
        problem.kind(),
        "'" + database.path() +
            "' has an older file version and could not be copied before changing it: " + problem.what(),
        problem.hint())
        .inFile(database.path());
  }
}

}  // namespace

const Migrations& currentMigrations() {
  static const Migrations migrations{kVersion1, kVersion2, kVersion3, kVersion4};
  return migrations;
}

Database openProject(const std::string& path, OpenMode mode, const Migrations& migrations) {
  Database database(path, mode);
  const auto newest = static_cast<std::int64_t>(migrations.size());
  const std::int64_t version = database.version();
  if (version < 0)
    throw Error(ErrorKind::kInvalidInput,
                "'" + path + "' is damaged: its file version is " + std::to_string(version),
                "Keep a copy of it and go back to a backup.")
        .inFile(path);
  if (version > newest) {
    refuseNewer(database, version, newest);
    return database;
  } else if (version < newest && database.isReadOnly()) {
    throw Error(ErrorKind::kUnsupported,
                "'" + path + "' has the older file version " + std::to_string(version) +
                    "; this Attune reads version " + std::to_string(newest),
                "Open a copy that can be written: it is brought to the new version.")
        .inFile(path);
  } else if (version < newest) {
    Transaction transaction(database);
    // Another process may have been faster.
    const std::int64_t now = database.version();
    if (now > newest) refuseNewer(database, now, newest);
    if (now < newest) {
      if (!database.isEmpty()) backUp(database, now);
      for (std::int64_t k = now; k < newest; ++k) {
        database.execute(migrations[static_cast<std::size_t>(k)]);
        if (database.version() != k + 1)
          throw Error(ErrorKind::kInternal,
                      "migration " + std::to_string(k + 1) + " does not set its version");
      }
      Query(database, "INSERT OR REPLACE INTO format VALUES ('written_by', ?)", ATTUNE_VERSION).run();
      transaction.commit();
    }
  }
  if (!database.isReadOnly()) database.useWriteAheadLog();
  database.expectVersion(newest);
  return database;
}

}  // namespace attune
