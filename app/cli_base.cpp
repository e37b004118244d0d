#include "app/cli_base.h"

#include <filesystem>

#include "app/services.h"
#include "core/base/error.h"

namespace attune {

std::string basePath(const std::string& nameOrPath) {
  if (nameOrPath != "bundled") return nameOrPath;
  const std::string folder = bundledBase();
  if (folder.empty())
    throw Error(ErrorKind::kNotFound, "the bundled base model is not installed",
                "Install Attune completely, or set ATTUNE_DATA to the folder that holds base/ and sample/.");
  return folder;
}

std::string baseName(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::equivalent(path, bundledBase(), ignored)) return "bundled";
  const auto normal = std::filesystem::absolute(path).lexically_normal();
  return normal.has_filename() ? normal.filename().string() : normal.parent_path().filename().string();
}

}  // namespace attune
