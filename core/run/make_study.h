#pragma once

#include <string>
#include <vector>

#include "core/model/catalog.h"
#include "core/study/dataset_record.h"
#include "core/study/run_finding.h"
#include "core/study/study.h"

// Free of torch; window and command line make studies through this.
namespace attune {

// Methods in catalog order with the preset's parameters and titles; all that a base of this layout allows
// when `names` is empty. `settings` are "METHOD.PARAM=VALUE"; METHOD may be "all": every chosen method that
// has the parameter. Throws Error(kUsage) for unknown names and bad values, with the nearest known one, and
// Error(kUnsupported) with the reason for a named method that the base does not allow.
std::vector<MethodChoice> chooseMethods(const std::vector<std::string>& names, const std::string& preset,
                                        const std::vector<std::string>& settings = {},
                                        Layout layout = Layout::kDecoder, bool freeAnswers = false);

struct StudyRequest {
  DatasetRecord dataset;
  ModelInfo base;  // with hash; `name` is shown
  std::vector<MethodChoice> methods;
  std::string preset = "quick";
  std::int64_t seeds = 1;
  Budget budget;
  double smallestGap = 0.01;
  std::string device = "cpu";
  std::string projectPath;
};

// The study, complete with its question and the command line that repeats it.
Study makeStudy(const StudyRequest& request);

// The same study to be asked again in another form: without an id, made now, no part of an experiment.
Study studyAnew(const Study& study);

// The study with one method more, which comes after `place` (at the end without it). Throws Error(kUsage)
// where its title or its settings are in the study already.
Study extendedStudy(const Study& study, const MethodChoice& choice, const std::string& repeatCommand,
                    const MethodChoice* place = nullptr);

// The same with the method of a run, with the setting that would cure what was found in it. The
// runs that are known already are not done again.
Study curedStudy(const Study& study, const RunSpec& run, const RunFinding& finding);

// The same question asked again where runs of a study cannot be ranked: all methods on this data and its
// split and the study's base. Runs that fit already are not done again.
Study comparableStudy(const Study& study, const DatasetRecord& dataset);

// Runs that a study leads to: seeded methods once a seed, others once.
std::int64_t countRuns(const std::vector<MethodChoice>& methods, std::int64_t seeds);

}  // namespace attune
