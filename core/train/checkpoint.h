#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/model/safetensors.h"

// Where a training is, on disk: one safetensors file that is whole or absent and proves itself by its hash.
namespace attune {

struct Checkpoint {
  Json progress;
  TensorMap tensors;  // any names but "progress"
};

// "checkpoint-NUMBER.safetensors" in an existing folder, beside the one of the next lower number; all others
// go. Throws Error(kIo).
void writeCheckpoint(const std::string& folder, std::int64_t number, const Checkpoint& checkpoint);

// The newest whole one; nothing when there is none. Newer ones that are damaged or cut are told in `damaged`,
// a sentence each.
std::optional<Checkpoint> readCheckpoint(const std::string& folder, std::vector<std::string>& damaged);

void removeCheckpoints(const std::string& folder);
// Removes all that is no checkpoint: what an attempt that was cut off left behind.
void keepOnlyCheckpoints(const std::string& folder);

}  // namespace attune
