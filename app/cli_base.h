#pragma once

#include <string>

namespace attune {

// "bundled" or a folder -> a folder. Throws Error(kNotFound) when the bundled base is not installed.
std::string basePath(const std::string& nameOrPath);
// The name under which a base is shown: "bundled", or the folder's name.
std::string baseName(const std::string& path);

}  // namespace attune
