#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/method/method.h"
#include "core/method/targets.h"

namespace attune {

// What PEFT's LoraConfig says of the arithmetic.
struct LoraOptions {
  std::int64_t rank = 8;
  double alpha = 8;
  double dropout = 0;
  bool rankStabilised = false;  // factor alpha / √r instead of alpha / r (Kalajdzievski 2023)
  bool decomposed = false;      // DoRA: length and direction of the weights apart (Liu et al. 2024)
  Targets targets;
  // Other ranks and alphas for some layers: expressions for the end of a path, the first that fits counts.
  std::vector<std::pair<std::string, std::int64_t>> rankPattern;
  std::vector<std::pair<std::string, double>> alphaPattern;
  std::string bias = "none";              // "none", "lora_only" (of the layers with an add-on), "all"
  std::vector<std::string> savedModules;  // trained whole beside the add-ons: "lm_head"
};

// Throws Error(kUsage) where the targets match nothing, Error(kUnsupported) for a saved module that the base
// does not have.
std::unique_ptr<TunedModel> makeLoraModel(const AttachRequest& request, const LoraOptions& options);

// As a number of a file: without a fraction where it has none.
Json plainNumber(double value);

}  // namespace attune
