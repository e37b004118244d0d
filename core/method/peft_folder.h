#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/method/tuned_model.h"
#include "core/study/run_spec.h"

namespace attune {

// Writes what was trained to an existing folder: adapter_config.json and adapter_model.safetensors in PEFT's
// layout, or for full fine-tuning a whole model (saveWholeModel). `labels` name the classes of a trained
// head. Returns the names of the files. Nothing for a model without trained tensors.
std::vector<std::string> saveTuned(const TunedModel& model, const std::string& folder, const BaseRef& base,
                                   const std::vector<std::string>& labels = {});

// Opens an adapter folder for this base. Supported: LORA, PROMPT_TUNING. Throws Error(kNotFound,
// kInvalidInput, kUnsupported) naming the file, tensor or option.
std::unique_ptr<TunedModel> openAdapter(const std::string& folder,
                                        const std::shared_ptr<const BaseModel>& base);

}  // namespace attune
