#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/param.h"
#include "core/model/config.h"

// Which modules a method acts on, chosen as PEFT does. Free of torch.
namespace attune {

struct Targets {
  // Each a whole path ("model.layers.0.self_attn.q_proj") or the end of one behind a dot ("q_proj");
  // "all-linear" alone is every linear layer.
  std::vector<std::string> names;
  std::string pattern;  // instead of names: a regular expression for the whole path
  std::vector<std::string> exclude;
  std::string excludePattern;
  std::vector<std::int64_t> layers;  // only in these blocks; empty: in all

  bool allLinear() const;
  // Whether a module is meant; `linear`: "all-linear" counts it.
  bool match(const std::string& path, bool linear) const;
};

// The modules that PEFT takes for a family when target_modules is null, for a peft_type: "q_proj,v_proj".
// Empty where it has none.
std::string peftDefaultTargets(const std::string& peftType, const ModelConfig& config);

// Those that the parameter "target_modules" names, or PEFT's choice for the type where it is empty.
Targets chosenTargets(const ParamSet& params, const std::string& peftType, const ModelConfig& config);

// "q_proj, v_proj" as names.
Targets targetsOf(const std::string& list);
// target_modules, exclude_modules and layers_to_transform of an adapter_config.json; `fallback` where it
// names none. Throws Error(kInvalidInput).
Targets readTargets(const Json& config, const std::string& fallback);
void writeTargets(Json& config, const Targets& targets);

// The linear layers that are meant, in order of the forward pass.
std::vector<LinearShape> targetShapes(const Targets& targets, const ModelConfig& config);
// The same; throws Error(kUsage) naming the model's layers when none is.
std::vector<LinearShape> requireTargets(const Targets& targets, const ModelConfig& config);

// The number of the block that a module or parameter belongs to; nothing outside the blocks.
std::optional<std::int64_t> blockOf(const std::string& path);

// Whether `path` is `name` or ends with it behind a dot.
bool endsWithName(const std::string& path, const std::string& name);

}  // namespace attune
