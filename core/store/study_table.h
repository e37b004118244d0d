#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/id.h"
#include "core/store/database.h"
#include "core/study/study.h"

// The studies of a project and which runs belong to them; see Store for what each function promises.
namespace attune {

StudyId addStudy(Database& database, const Study& study);
std::vector<Study> loadStudies(Database& database);
Study loadStudy(Database& database, StudyId id);
std::vector<RunId> addRuns(Database& database, StudyId study, const std::vector<RunSpec>& specs);
std::int64_t countTestOpenings(Database& database, const std::string& splitHash);

}  // namespace attune
