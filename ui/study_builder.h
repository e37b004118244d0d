#pragma once

#include "core/model/catalog.h"
#include "core/study/dataset_record.h"
#include "core/study/study.h"

namespace attune {

// What the launch dialog asks for, as a plain value.
struct StudyChoice {
  DatasetRecord dataset;
  ModelInfo base;
  std::string baseName;  // "bundled" or a folder's name
  std::vector<MethodChoice> methods;
  std::string preset = "quick";
  std::int64_t seeds = 1;
  double smallestGap = 0.01;
  std::string projectPath;
};

// Runs that the choice leads to: seeded methods once a seed, others once.
std::int64_t countRuns(const StudyChoice& choice);

// The study, complete with its question and the command line that repeats it.
Study makeStudy(const StudyChoice& choice);

}  // namespace attune
