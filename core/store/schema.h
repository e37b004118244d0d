#pragma once

#include <string>
#include <vector>

#include "core/store/database.h"

namespace attune {

// The n-th script (from 1) takes a file from version n-1 to version n and says so itself: PRAGMA
// user_version. A released script is never changed; a new one is added at the end.
using Migrations = std::vector<Sql>;

const Migrations& currentMigrations();

// Opens a project file and brings it to the newest version, in one transaction. An older file that holds
// something is first copied beside itself as NAME.attune.bak-<version>. A newer one is refused with
// Error(kUnsupported), except for reading when its maker noted that this version can read it.
Database openProject(const std::string& path, OpenMode mode,
                     const Migrations& migrations = currentMigrations());

}  // namespace attune
