#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/catalog.h"

// Free of torch.
namespace attune {

// describeModel with hash after looking at everything: tokenizer and embedding must fit; weights that are
// infinite or not a number are appended to `warnings`. Reads the whole model: seconds for a large one.
ModelInfo examineBase(const std::string& folder, std::vector<Diagnostic>& warnings);

// The same for a base that runs are about to start on: such weights throw Error(kInvalidInput) naming the
// tensor.
ModelInfo usableBase(const std::string& folder);

}  // namespace attune
