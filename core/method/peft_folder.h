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

// Opens an adapter folder for this base: one of PEFT's types, or one that Attune wrote for a method that
// PEFT does not have ("attune_method"). Throws Error(kNotFound, kInvalidInput, kUnsupported) naming the file,
// tensor or option.
std::unique_ptr<TunedModel> openAdapter(const std::string& folder,
                                        const std::shared_ptr<const BaseModel>& base);

// Name of the method that an adapter folder belongs to. Throws as openAdapter does.
std::string adapterMethod(const std::string& folder);

// What PEFT puts before the names of the model's modules.
extern const char* const kPeftPrefix;
// modules_to_save of an adapter_config.json without the classification heads.
std::vector<std::string> savedModules(const Json& config);
// A rank or number of virtual tokens of an adapter_config.json. Throws Error(kInvalidInput) where it is not
// between 1 and 65536.
std::int64_t rankOf(const Json& config, const char* key, std::int64_t fallback);
// Throws Error(kUnsupported) where the adapter trains biases.
void requireNoBias(const Json& config);
// The value of modules_to_save: the heads where the model trains one.
Json savedHeads(bool trainsClassHead);

}  // namespace attune
