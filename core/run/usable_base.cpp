#include "core/run/usable_base.h"

#include "core/base/error.h"
#include "core/run/open_base.h"

namespace attune {

ModelInfo examineBase(const std::string& folder, std::vector<Diagnostic>& warnings) {
  const OpenedBase base = openBase(folder);
  warnings.insert(warnings.end(), base.warnings.begin(), base.warnings.end());
  return describeModel(folder, /*withHash=*/true);
}

ModelInfo usableBase(const std::string& folder) {
  std::vector<Diagnostic> warnings;
  ModelInfo info = examineBase(folder, warnings);
  requireFinite(warnings);
  return info;
}

void requireFinite(const std::vector<Diagnostic>& warnings) {
  if (warnings.empty()) return;
  const Diagnostic& d = warnings.front();
  throw Error(ErrorKind::kInvalidInput, d.file + ": " + d.message, d.hint).inFile(d.file);
}

}  // namespace attune
