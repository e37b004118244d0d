#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/data/dataset.h"
#include "core/study/study.h"

// Free of torch.
namespace attune {

struct AdapterImport {
  std::string folder;      // adapter in PEFT's layout, with a prompt.json where Attune wrote it
  std::string title;       // in the study; empty: the folder's name
  std::string pattern;     // prompt template; empty: that of prompt.json, else the study's
  std::string labelWords;  // as in labelWords(); empty: those of prompt.json, else the study's
  std::string projectPath;
  std::string filesFolder;  // of the project
};

struct ImportedAdapter {
  MethodChoice choice;             // with kAdapterSetting: its run evaluates, and trains nothing
  std::vector<std::string> files;  // that were written
  std::string repeatCommand;
};

// Opens an adapter that was trained elsewhere on the study's base, checks that it can answer the study's
// labels and copies it to the project, to a folder that its contents name. Throws Error as openAdapter does,
// Error(kInvalidInput) for a classification head with other labels, Error(kUsage) for a whole model.
ImportedAdapter importAdapter(const AdapterImport& request, const Study& study,
                              const std::vector<std::string>& labels);

// What the labels of a head were taken for, where the folder does not say; empty: it does, or has no head.
std::string assumedLabels(const std::string& folder, std::int64_t classes,
                          const std::vector<std::string>& labels);

}  // namespace attune
