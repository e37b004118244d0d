#include "app/cli_base.h"

#include <filesystem>

#include "app/services.h"

namespace attune {

BaseLibrary baseLibrary() { return BaseLibrary::ofUser(bundledBase()); }

std::string basePath(const std::string& nameOrPath) { return baseLibrary().resolve(nameOrPath); }

std::string baseName(const std::string& path) {
  std::error_code ignored;
  for (const KnownBase& base : baseLibrary().list())
    if (std::filesystem::equivalent(path, base.path, ignored)) return base.name;
  const auto normal = std::filesystem::absolute(path).lexically_normal();
  return normal.has_filename() ? normal.filename().string() : normal.parent_path().filename().string();
}

}  // namespace attune
