#pragma once

#include <memory>
#include <vector>

#include "core/base/result.h"
#include "core/data/import.h"
#include "core/store/store.h"

// Between core/data and core/store, which do not know each other. Free of torch.
namespace attune {

DatasetId saveDataset(Store& store, const ImportedDataset& imported,
                      const std::vector<Diagnostic>& diagnostics);
// Throws Error(kInvalidInput) when the stored rows do not have the stored hash.
std::shared_ptr<const Dataset> loadDataset(Store& store, DatasetId id);

// The dataset that a RunSpec names by its hashes. Throws Error(kNotFound).
std::shared_ptr<const Dataset> loadDataset(Store& store, const std::string& hash,
                                           const std::string& splitHash);

Json toJson(const std::vector<Diagnostic>& diagnostics);
std::vector<Diagnostic> diagnosticsFromJson(const Json& json);

}  // namespace attune
