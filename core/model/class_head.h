#pragma once

#include <string>

#include "core/model/base_model.h"
#include "core/model/weights.h"

namespace attune {

// The stored head of a …ForSequenceClassification model, `name` [classes, hidden]: as many classes as the
// file has, or two where only the config is known. Throws Error(kInvalidInput) when the file has none.
ExpectedTensor classHeadTensor(const std::string& name, const ModelConfig& config,
                               const WeightSource* source);

// State [batch, hidden] of each row's last real token, or of the one that `input.select` names.
at::Tensor pooledLastToken(const BaseModel& model, const ModelInput& input, const Attachment& attachment);

}  // namespace attune
