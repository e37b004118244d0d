#pragma once

#include <string>

#include "core/run/base_library.h"

namespace attune {

BaseLibrary baseLibrary();
// "bundled", a name of the user's list, a folder or a GGUF file -> where it lies. Throws Error(kNotFound).
std::string basePath(const std::string& nameOrPath);
// The name under which a base is shown: the list's, or the folder's or file's own.
std::string baseName(const std::string& path);

}  // namespace attune
