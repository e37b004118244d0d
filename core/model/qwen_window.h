#pragma once

#include "core/model/config_reader.h"

namespace attune {

// Which layers of a Qwen model slide: layer_types where the file has it, else those from max_window_layers
// on.
void readQwenWindow(const ConfigReader& reader, ModelConfig& config);

}  // namespace attune
