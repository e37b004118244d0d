#pragma once

#include <memory>
#include <vector>

#include "core/model/base_model.h"
#include "core/model/catalog.h"
#include "core/model/config.h"
#include "core/model/config_reader.h"
#include "core/model/weights.h"

namespace attune {

// One family of architectures: what its config says, which tensors it has, how it computes. One file a
// family; the catalog lists them.
struct Family {
  FamilyInfo info;
  // Fills sizes and switches; the caller has set family and architecture.
  void (*read)(const ConfigReader& reader, ModelConfig& config);
  std::vector<LinearShape> (*linears)(const ModelConfig& config);
  // Names and shapes of all tensors. `source` decides whether a head is a matrix of its own where the config
  // leaves it open, and how many classes a classifier has; nullptr: as configured.
  std::vector<ExpectedTensor> (*tensors)(const ModelConfig& config, const WeightSource* source);
  std::shared_ptr<const BaseModel> (*make)(const ModelConfig& config, TensorMap weights);
};

const std::vector<Family>& families();
const Family& familyOf(const ModelConfig& config);

Family llamaFamily();
Family mistralFamily();
Family qwen2Family();
Family qwen3Family();
Family gpt2Family();
Family bertFamily();
Family t5Family();

}  // namespace attune
