#pragma once

#include <string>
#include <vector>

#include "core/method/tuned_model.h"

namespace attune {

// Writes config.json and model.safetensors in Hugging Face layout to an existing folder: `weights` under the
// names of the checkpoint, as fp32, and the configuration of the model at `basePath`. A classification head
// among the weights that the base lacks is declared, its classes named by `labels`. Tokenizer files are the
// caller's. Returns the names of the files.
std::vector<std::string> saveWholeModel(const TunedModel& model, const TensorMap& weights,
                                        const std::string& folder, const std::string& basePath,
                                        const std::vector<std::string>& labels);

// Whether a folder holds a whole model, not an adapter.
bool holdsWholeModel(const std::string& folder);

}  // namespace attune
